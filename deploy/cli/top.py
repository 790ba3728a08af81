"""`groundswell top`: what trends now, what trended when an hour was closed, or where most happened."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import rank_changes, reader, scored, titled
from events.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from projections.actions.answers import ClosedRipple, LiveRipple, Span, Top


class By(StrEnum):
    """What the list goes by."""

    NOW = "now"
    HOUR = "1h"
    DAY = "24h"
    CLOSE = "close"


RANK = Column("rank", "#", "right")
CHANGE = Column("rank_change", "±", "right")
NAMES = (Column("title", "ripple"), Column("wave_title", "wave"))
SCORE = Column("score", "score", "right")
WINDOWS = (Column("actions_1h", "1 h", "right"), Column("actions_24h", "24 h", "right"))
IN_ALL = Column("actions_total", "in all", "right")
IMPACT = Column("impact", "impact", "right")
EXTRA = (replace(IN_ALL, is_extra=True), replace(IMPACT, is_extra=True))
PEOPLE = Column("participants", "people", "right")

NOW_COLUMNS = (RANK, CHANGE, *NAMES, SCORE, *WINDOWS, *EXTRA, PEOPLE)
SPAN_COLUMNS = (RANK, *NAMES, *WINDOWS, SCORE, *EXTRA, PEOPLE)
CLOSE_COLUMNS = (RANK, CHANGE, *NAMES, SCORE, *WINDOWS, PEOPLE, Column("peak_rank", "best", "right"))
WINDOW_COLUMNS = (RANK, *NAMES, Column("actions", "actions", "right"), *EXTRA, PEOPLE)
WINDOW_HOURS = 24


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("top")(top)


def top(
    by: Annotated[
        By | None,
        typer.Option(help="The score now (usual), the actions of the last hour or day, or the last close."),
    ] = None,
    hour: Annotated[
        str | None, typer.Option(metavar="TIME", help="The close of this hour, by its beginning.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many ripples.")] = 10,
    hours: Annotated[
        int | None,
        typer.Option(min=1, max=8784, help="By actions in a window of so many hours (usually 24)."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Its last minute; the newest action's if not given.")
    ] = None,
    wave: Annotated[
        str | None, typer.Option(metavar="ID", help="Only ripples of this wave, in such a window.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what trends: now, in the last whole minutes, when an hour was closed, or in any window of hours.

    ± are places won (▲) or lost (▼) since the close before.

    Example: groundswell top --by 1h --limit 20
    """
    from deploy.cli.times import instant

    if hours is not None or until is not None or wave is not None:
        if by is not None or hour is not None:
            raise WrongUsage("--hours, --until and --wave ask for a window: leave out --by and --hour")
        end = None if until is None else instant(until, "--until")
        print_window(asyncio.run(_window(hours or WINDOW_HOURS, end, limit, wave)), as_json=as_json)
    elif by is By.CLOSE or hour is not None:
        if by not in (None, By.CLOSE):
            raise WrongUsage(f"--hour goes with --by close, not with --by {by}: leave one of them out")
        closed_hour = None if hour is None else instant(hour, "--hour", whole_hour=True)
        print_close(asyncio.run(_closed(closed_hour, limit)), hour, as_json=as_json)
    else:
        chosen = by or By.NOW
        print_live(asyncio.run(_live(chosen, limit)), chosen, as_json=as_json)


async def _live(by: By, limit: int) -> list[LiveRipple]:
    spans: dict[By, Span] = {By.NOW: "now", By.HOUR: "1h", By.DAY: "24h"}
    async with reader() as asked:
        return await asked.live(spans[by], limit=limit)


async def _closed(hour: datetime | None, limit: int) -> list[ClosedRipple]:
    async with reader() as asked:
        return await asked.closed(hour, limit=limit)


async def _window(hours: int, until: datetime | None, limit: int, wave: str | None) -> Top:
    async with reader() as asked:
        return await asked.top(hours=hours, until=until, limit=limit, wave_id=wave)


def print_live(found: Sequence[LiveRipple], by: By, *, as_json: bool) -> None:
    """The list as a table, or as JSON with what it goes by."""
    ripples = [asdict(ripple) for ripple in found]
    if as_json:
        console.emit_json({"by": by, "ripples": ripples})
    elif ripples:
        rows = [scored(titled(row), "trending_score") for row in rank_changes(ripples)]
        console.table(rows, NOW_COLUMNS if by is By.NOW else SPAN_COLUMNS)
    else:
        console.note(
            "nothing trends now: `groundswell top --hours 24` lists the day before the newest action,"
            " `groundswell lag` tells whether all events are folded"
        )


def print_close(found: Sequence[ClosedRipple], asked: str | None, *, as_json: bool) -> None:
    """The list as a table under its hour, or as JSON with its hour."""
    ripples = [asdict(ripple) for ripple in found]
    if as_json:
        hour = found[0].hour if found else asked
        console.emit_json({"by": By.CLOSE, "hour": hour, "ripples": ripples})
    elif found:
        console.note(f"the hour from {found[0].hour:%Y-%m-%d %H:%M} UTC, when it was closed")
        console.table([scored(titled(row), "score") for row in rank_changes(ripples)], CLOSE_COLUMNS)
    else:
        console.note(
            f"the hour from {asked} was not closed, or nobody was active in the day before its end"
            if asked
            else "no hour was closed yet: it happens 10 minutes after the end of each, while a worker runs"
        )


def print_window(found: Top, *, as_json: bool) -> None:
    """The list as a table under its window, or as JSON with the window."""
    ripples = [asdict(ripple) for ripple in found.ripples]
    if as_json:
        console.emit_json({"since": found.since, "until": found.until, "ripples": ripples})
        return
    console.note(f"actions from {found.since:%Y-%m-%d %H:%M} to before {found.until:%Y-%m-%d %H:%M} UTC")
    if ripples:
        console.table([titled(ripple) for ripple in ripples], WINDOW_COLUMNS)
    else:
        console.note("none in this window; `groundswell lag` tells whether all events are folded")
