"""Small plots of a series in a terminal, in block characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT_LINES = 5
BAR_COLUMNS_MAX = 3


def plotted(
    values: Sequence[float],
    labels: Sequence[str],
    *,
    columns: int,
    merged: Callable[[Iterable[float]], float] = sum,
) -> list[str]:
    """Bars with the greatest value and 0 at their side, and a label below each that has one, where it fits.

    Where there are more values than columns, so many neighbours are `merged` into one bar that all fit.
    """
    margin = max(len(_number(value)) for value in (*values, 0)) + 2
    room = max(columns - margin, 1)
    together = max(-(-len(values) // room), 1)
    groups = [slice(start, start + together) for start in range(0, len(values), together)]
    bars = [merged(values[group]) for group in groups]
    marks = [next(filter(None, labels[group]), "") for group in groups]
    width = max(1, min(BAR_COLUMNS_MAX, room // max(len(bars), 1)))
    sides = [_number(max(bars, default=0)), *[""] * (HEIGHT_LINES - 2), "0"]
    drawn = zip(sides, _lines(bars, width), strict=True)
    return [
        *(f"{side:>{margin - 2}} ┤{line}".rstrip() for side, line in drawn),
        " " * margin + _axis(marks, width),
    ]


def _lines(values: Sequence[float], width: int) -> list[str]:
    """The lines of the bars from the top: the greatest fills them all, and all but nothing shows."""
    steps = len(BLOCKS) - 1
    greatest = max(values, default=0)
    filled = [max(1, round(value / greatest * HEIGHT_LINES * steps)) if value > 0 else 0 for value in values]
    return [
        "".join(BLOCKS[min(max(fill - line * steps, 0), steps)] * width for fill in filled)
        for line in reversed(range(HEIGHT_LINES))
    ]


def _axis(marks: Sequence[str], width: int) -> str:
    """Marks below their bars, without those that would touch the one before."""
    line = ""
    for place, mark in enumerate(marks):
        if mark and len(line) <= place * width:
            line = line.ljust(place * width) + mark + " "
    return line.rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
