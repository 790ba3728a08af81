"""What commands that publish a single event share: who says it, whether it is meant, and where it lies."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import console
from events.errors import WrongUsage

if TYPE_CHECKING:
    from events import Position
    from events.envelope import Event

By = Annotated[str | None, typer.Option(metavar="NAME", help="Who does it; you when not given.")]
"""The option `--by`, given to `actor`."""
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
"""The option `--yes`, given to `confirm`."""


def actor(by: str | None) -> str:
    """Who is named, or who runs this command."""
    return by or getpass.getuser()


def confirm(question: str, *, yes: bool) -> None:
    """Ask the person at the terminal; who says no ends the command. Raises WrongUsage where nobody is."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUsage(
            f"nobody can be asked here ({question}), as stdin is no terminal: add --yes to do it"
        )
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def publish_one(event: Event, *, as_json: bool, beside: Mapping[str, Any] | None = None) -> None:
    """Publish the event, and print where it lies once all replicas have it; `beside` is more for the JSON."""
    position = asyncio.run(_published(event))
    if as_json:
        console.emit_json({"id": event.id, "position": str(position), **(beside or {})})
    else:
        console.emit(f"{position}")


async def _published(event: Event) -> Position:
    from events import Publisher

    async with Publisher() as publisher:
        return await publisher.publish(event)
