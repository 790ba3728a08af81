"""`groundswell top`: the ripples in which most happened."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

if TYPE_CHECKING:
    from datetime import datetime

    from projections.actions.answers import Top

COLUMNS = (
    Column("rank", "#", "right"),
    Column("title", "ripple"),
    Column("wave_title", "wave"),
    Column("actions", "actions", "right"),
    Column("actions_total", "in all", "right"),
    Column("impact", "impact", "right"),
    Column("participants", "people", "right"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("top")(top)


def top(
    hours: Annotated[int, typer.Option(min=1, max=8784, help="Length of the window.")] = 24,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="End of the window; the newest action when not given.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many ripples.")] = 10,
    wave: Annotated[str | None, typer.Option(metavar="ID", help="Only ripples of this wave.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the ripples with the most actions in the hours up to a time, in whole minutes.

    Example: groundswell top --hours 24 --until 2015-09-12T23:59:59Z
    """
    from deploy.cli.times import instant

    end = None if until is None else instant(until, "--until")
    print_top(asyncio.run(_top(hours, end, limit, wave)), as_json=as_json)


async def _top(hours: int, until: datetime | None, limit: int, wave: str | None) -> Top:
    from events.settings import settings
    from projections.actions.reader import Reader

    async with Reader(settings().postgres) as reader:
        return await reader.top(hours=hours, until=until, limit=limit, wave_id=wave)


def print_top(found: Top, *, as_json: bool) -> None:
    """The list as a table under its window, or as JSON with the window."""
    ripples = [asdict(ripple) for ripple in found.ripples]
    if as_json:
        console.emit_json({"since": found.since, "until": found.until, "ripples": ripples})
        return
    console.note(f"actions from {found.since:%Y-%m-%d %H:%M} to before {found.until:%Y-%m-%d %H:%M} UTC")
    if not ripples:
        console.note("none in this window; `groundswell lag` tells whether all events are folded")
        return
    # A ripple that was never announced has no title yet.
    for ripple in ripples:
        ripple["title"] = ripple["title"] or ripple["ripple_id"]
        ripple["wave_title"] = ripple["wave_title"] or ripple["wave_id"]
    console.table(ripples, COLUMNS)
