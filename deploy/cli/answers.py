"""How commands show what a reader answers: a page of a list, some rows, or one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Protocol

import typer

from deploy.cli import console
from deploy.cli.console import Column
from projections.pages import ROWS_MAX

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NOTHING: Final = "there is none; `groundswell lag` tells whether all events are folded"
THING_COLUMNS: Final = (Column("what"), Column("value"))

Limit = Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="Rows of a page.")]
Cursor = Annotated[str | None, typer.Option(metavar="TEXT", help="Where the page before ended, as it said.")]

Shown = Callable[[dict[str, Any]], Mapping[str, Any]]
"""From a row as it is to its cells as people read them."""


class PageOfRows(Protocol):
    """A dataclass of some rows and where the next page begins; what else it says, JSON shows."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def rows(self) -> Sequence[Any]:
        """Dataclasses."""

    @property
    def next_cursor(self) -> str | None:
        """None after the last page."""


def print_page(
    page: PageOfRows,
    columns: Sequence[Column],
    *,
    as_json: bool,
    shown: Shown = dict,
    counted: str | None = None,
) -> None:
    """The rows, and where the next page begins: in the JSON, or on stderr below the table."""
    if as_json:
        console.emit_json(asdict(page))
        return
    print_rows(page.rows, columns, as_json=False, shown=shown)
    if page.rows and counted is not None:
        console.note(counted)
    if page.next_cursor is not None:
        console.note(f"there are more: add --cursor {page.next_cursor}")


def print_rows(
    found: Sequence[DataclassInstance],
    columns: Sequence[Column],
    *,
    as_json: bool,
    shown: Shown = dict,
    heading: str | None = None,
    nothing: str = NOTHING,
) -> None:
    """The rows as JSON, or as a table; a heading above it and what there is to say of none go to stderr."""
    rows = [asdict(row) for row in found]
    if as_json:
        console.emit_json(rows)
        return
    if not rows:
        console.note(nothing)
        return
    if heading is not None:
        console.note(heading)
    console.table([shown(row) for row in rows], columns)


def print_thing(found: DataclassInstance | Mapping[str, Any], *, as_json: bool) -> None:
    """What is known of one thing, a line for each name."""
    named = found if isinstance(found, Mapping) else asdict(found)
    if as_json:
        console.emit_json(named)
    else:
        console.table([{"what": name, "value": _cell(value)} for name, value in named.items()], THING_COLUMNS)


def to_the_minute(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its times as people read them."""
    return {name: minute(value) if isinstance(value, datetime) else value for name, value in row.items()}


def minute(at: datetime | None) -> str | None:
    """The time to the minute, in UTC."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        known = {name: one for name, one in value.items() if one is not None}
        return ", ".join(f"{name}: {_number(one)}" for name, one in known.items())
    return value


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)
