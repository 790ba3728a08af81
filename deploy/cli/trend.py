"""`groundswell trend`: a ripple hour by hour, as a small plot."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.answers import minute
from deploy.cli.asking import not_found
from deploy.cli.console import AsJson
from deploy.cli.plot import plotted
from deploy.cli.reading import ACTIONS
from deploy.cli.times import Hours, UntilHour, instant_given

if TYPE_CHECKING:
    from projections.actions.answers import TrendPoint

COLUMNS_OFF_TERMINAL = 80
LABELLED_HOURS = 6
"""Every so many hours have a label; in a longer trend every day has."""
HOURS_LABELLED_MAX = 72


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trend")(trend)


def trend(
    wave: Annotated[str, typer.Argument(metavar="WAVE", help="The wave's id.")],
    ripple: Annotated[str, typer.Argument(metavar="RIPPLE", help="The ripple's id.")],
    hours: Hours = 24,
    until: UntilHour = None,
    as_json: AsJson = False,
) -> None:
    """Plot a ripple's actions by the hour, and its score and rank as each hour was closed.

    Example: groundswell trend clean-coast beach-day --hours 48
    """
    end = instant_given(until, "--until", whole_hour=True)
    points = ACTIONS.ask(lambda reader: reader.trend(wave, ripple, hours=hours, until=end))
    if not points:
        raise not_found("ripple", ripple, f" in wave {wave!r}")
    if as_json:
        console.emit_json([asdict(point) for point in points])
        return
    for line in trend_lines(points):
        console.emit(line)


def trend_lines(points: Sequence[TrendPoint]) -> list[str]:
    """Actions by the hour; below, where it was in the close of any of these hours, its score."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else COLUMNS_OFF_TERMINAL
    labels = [_label(point, len(points)) for point in points]
    first, last = points[0].hour, points[-1].hour
    lines = [f"actions by the hour, from {minute(first)} to {minute(last)} UTC"]
    lines += plotted([float(point.actions) for point in points], labels, columns=columns)
    closed = [point for point in points if point.rank is not None]
    if closed:
        best = min(closed, key=lambda point: point.rank or 0)
        scores = [float(point.score or 0) for point in points]
        lines += ["", f"score as each hour was closed; best rank {best.rank} at {minute(best.hour)}"]
        lines += plotted(scores, labels, columns=columns, merged=max)
    return lines


def _label(point: TrendPoint, hours: int) -> str:
    if hours > HOURS_LABELLED_MAX:
        return f"{point.hour:%m-%d}" if point.hour.hour == 0 else ""
    return f"{point.hour:%H:%M}" if point.hour.hour % LABELLED_HOURS == 0 else ""
