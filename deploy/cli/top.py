"""`groundswell top`: what trends now, what trended when an hour was closed, or where most happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deploy.cli import console
from deploy.cli.answers import minute
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import ACTIONS, rank_changes, scored, titled
from deploy.cli.times import instant_given
from events.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.actions.answers import ClosedRipple, LiveRipple, Span, Top


class By(StrEnum):
    """What the list goes by."""

    NOW = "now"
    HOUR = "1h"
    DAY = "24h"
    CLOSE = "close"


SPANS: Final[Mapping[By, Span]] = {By.NOW: "now", By.HOUR: "1h", By.DAY: "24h"}
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
    if hours is not None or until is not None or wave is not None:
        if by is not None or hour is not None:
            raise WrongUsage("--hours, --until and --wave ask for a window: leave out --by and --hour")
        end = instant_given(until, "--until")
        window = ACTIONS.ask(
            lambda reader: reader.top(hours=hours or WINDOW_HOURS, until=end, limit=limit, wave_id=wave)
        )
        print_window(window, as_json=as_json)
    elif by is By.CLOSE or hour is not None:
        if by not in (None, By.CLOSE):
            raise WrongUsage(f"--hour goes with --by close, not with --by {by}: leave one of them out")
        closed_hour = instant_given(hour, "--hour", whole_hour=True)
        close = ACTIONS.ask(lambda reader: reader.closed(closed_hour, limit=limit))
        print_close(close, hour, as_json=as_json)
    else:
        chosen = by or By.NOW
        live = ACTIONS.ask(lambda reader: reader.live(SPANS[chosen], limit=limit))
        print_live(live, chosen, as_json=as_json)


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
        console.note(close_heading(found))
        console.table([scored(titled(row), "score") for row in rank_changes(ripples)], CLOSE_COLUMNS)
    else:
        console.note(
            f"the hour from {asked} was not closed, or nobody was active in the day before its end"
            if asked
            else "no hour was closed yet: it happens 10 minutes after the end of each, while a worker runs"
        )


def close_heading(found: Sequence[ClosedRipple]) -> str:
    """Which close the ripples are of; nothing where there are none."""
    return f"the hour from {minute(found[0].hour)} UTC, when it was closed" if found else ""


def print_window(found: Top, *, as_json: bool) -> None:
    """The list as a table under its window, or as JSON with the window."""
    ripples = [asdict(ripple) for ripple in found.ripples]
    if as_json:
        console.emit_json({"since": found.since, "until": found.until, "ripples": ripples})
        return
    console.note(f"actions from {minute(found.since)} to before {minute(found.until)} UTC")
    if ripples:
        console.table([titled(ripple) for ripple in ripples], WINDOW_COLUMNS)
    else:
        console.note("none in this window; `groundswell lag` tells whether all events are folded")
