"""`groundswell weights set-bucket`: what an action of a bucket weighs from an hour on."""

from __future__ import annotations

import asyncio
import getpass
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from events.errors import WrongUsage

if TYPE_CHECKING:
    from events import Position
    from events.actions import BucketWeightSet
    from projections.actions.answers import WeightReach


def register(app: typer.Typer) -> None:
    """Add the group with its command."""
    group = typer.Typer(help="What actions weigh.", no_args_is_help=True)
    group.command("set-bucket")(set_bucket)
    app.add_typer(group, name="weights")


def set_bucket(
    bucket: Annotated[str, typer.Argument(help="The bucket, for example planning.")],
    multiplier: Annotated[str, typer.Argument(help="What an action weighs: 0 to 100, at most 6 places.")],
    effective_from: Annotated[
        str, typer.Option("--from", metavar="HOUR", help="A whole hour of UTC, at most 31 days back.")
    ],
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who sets it; you when not given.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set a bucket's weight from an hour on; shows first what it touches, then asks.

    Actions that are counted already are weighed again, up to the next hour with a weight of its own.

    Example: groundswell weights set-bucket planning 2.5 --from 2026-11-21T00:00:00Z
    """
    event = _event(bucket, multiplier, effective_from, by or getpass.getuser())
    reach, unknown = asyncio.run(_reach(event))
    console.note(_described(event, reach, unknown))
    if not yes:
        _ask()
    position = asyncio.run(_published(event))
    if as_json:
        console.emit_json({"id": event.id, "position": str(position), "reach": reach and asdict(reach)})
    else:
        console.emit(f"{position}")


def _event(bucket: str, multiplier: str, effective_from: str, by: str) -> BucketWeightSet:
    """Checked before anything else happens. Raises WrongUsage and InvalidEvent."""
    from decimal import Decimal, InvalidOperation

    from deploy.cli.times import instant
    from events.actions import BucketWeightSet

    try:
        weight = Decimal(multiplier)
    except InvalidOperation:
        raise WrongUsage(
            f"MULTIPLIER must be a number from 0 to 100 such as 2.5, is {multiplier!r}"
        ) from None
    return BucketWeightSet.new(
        actor=by,
        actor_type="admin",
        bucket=bucket,
        multiplier=weight,
        effective_from=instant(effective_from, "--from", whole_hour=True),
    )


async def _reach(event: BucketWeightSet) -> tuple[WeightReach | None, str]:
    """What it touches; or None and why that is not known."""
    from events.settings import settings
    from projections.actions.reader import Reader
    from projections.questions import NothingFolded, TookTooLong

    try:
        async with Reader(settings().postgres) as reader:
            return await reader.weight_reach(event.bucket, event.effective_from), ""
    except NothingFolded:
        return None, "no action is folded yet"
    except TookTooLong:
        return None, "it touches so many actions that they could not be counted in time"


def _described(event: BucketWeightSet, reach: WeightReach | None, unknown: str) -> str:
    if reach is None:
        return f"{event.bucket} will weigh {event.multiplier}; {unknown}"
    from projections.actions.sentence import counted

    until = f" until {reach.until:%Y-%m-%d %H:%M} UTC" if reach.until else ""
    return (
        f"{event.bucket} weighs {reach.multiplier_now} and will weigh {event.multiplier}"
        f" from {event.effective_from:%Y-%m-%d %H:%M}{until}: this touches {counted(reach.actions, 'action')}"
        f" in {counted(reach.ripples, 'ripple')} by {counted(reach.users, 'user')}"
    )


def _ask() -> None:
    if not sys.stdin.isatty():
        raise WrongUsage("nobody can be asked here, as stdin is no terminal: add --yes to set the weight")
    if not typer.confirm("Set it?", err=True):
        raise typer.Exit(1)


async def _published(event: BucketWeightSet) -> Position:
    from events import Publisher

    async with Publisher() as publisher:
        return await publisher.publish(event)
