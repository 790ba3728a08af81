"""The one place where commands print: data on stdout, everything else on stderr.

Tables fit the terminal when there is one and are never cut off it; progress shows on a terminal only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer

from events.errors import GroundswellError

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
"""The option `--json`: `def list_things(as_json: console.AsJson = False)`."""

WIDTH_OFF_TERMINAL_COLUMNS = 10_000
WIDE_COLUMNS = 120
"""A terminal of fewer shows tables without the columns that are marked as extra."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the row's key, its heading (the key when not given), the side it leans to.

    One that is extra is left out where the terminal is narrow.
    """

    key: str
    heading: str = ""
    align: Literal["left", "right"] = "left"
    is_extra: bool = False


def emit(text: str) -> None:
    """One line of data to stdout."""
    sys.stdout.write(text + "\n")


def emit_json(value: object) -> None:
    """A value as indented JSON to stdout; dates become RFC 3339, sets lists, everything else its text."""
    emit(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def note(text: str) -> None:
    """One line for the person at the terminal, to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def warn(text: str) -> None:
    """Something that did not stop the command but should be looked at, to stderr."""
    note(f"warning: {text}")


def fail(error: GroundswellError) -> None:
    """The clear end of a command: what, which value, what next. The caller exits with `error.exit_code`."""
    note(f"error: {error}")


def list_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, as_json: bool) -> None:
    """What every listing command ends with: all keys of the rows as JSON, or the named columns as a table."""
    if as_json:
        emit_json([dict(row) for row in rows])
    else:
        table(rows, columns)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, title: str | None = None) -> None:
    """Rows as a table on stdout; null or missing stays empty, whole numbers get thousands separators."""
    from rich import box
    from rich.table import Table

    output = _stdout()
    if output.width < WIDE_COLUMNS:
        columns = [column for column in columns if not column.is_extra]
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        drawn.add_column(column.heading or column.key, justify=column.align, overflow="fold")
    for row in rows:
        # Cells are data: rich must not read a title such as "[bold]" as markup.
        drawn.add_row(*(_text(_shown(row.get(column.key))) for column in columns))
    output.print(drawn)


class Progress(Protocol):
    """How far a long command has come."""

    def advance(self, count: int = 1) -> None:
        """Count `count` more units as done."""


@contextmanager
def progress(description: str, *, total: int | None = None, unit: str = "") -> Iterator[Progress]:
    """A bar with rate and time left on stderr while the block runs; silent when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=_stderr(), transient=True) as bar:
        yield _Bar(bar, description, total, unit)


class _Silent:
    def advance(self, count: int = 1) -> None:
        pass


class _Bar:
    def __init__(self, bar: Any, description: str, total: int | None, unit: str) -> None:
        self._bar = bar
        self._unit = unit
        self._task = bar.add_task(description, total=total, rate="")

    def advance(self, count: int = 1) -> None:
        self._bar.advance(self._task, count)
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, rate=f"{speed:,.0f} {self._unit}/s" if speed else "")


def _stdout() -> Console:
    from rich.console import Console

    return Console(
        file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH_OFF_TERMINAL_COLUMNS, highlight=False
    )


def _stderr() -> Console:
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)


def _text(value: str) -> Any:
    from rich.text import Text

    return Text(value)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return _instant(value)
        case list() | tuple():
            return ", ".join(_shown(item) for item in value)
        case _:
            return str(value)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return _instant(value)
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)


def _instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
