"""Two ordered streams of rows, compared row by row: what differs, by key and column.

Rows travel as the text lines of COPY. Equal lines are equal rows, and nearly all are; only the others are
taken apart.
"""

import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.tables import Column

DIFFERENCES_KEPT_MAX: Final = 100
"""Differences of a table that are told; the others are counted."""
FLOAT_TOLERANCE: Final = 1e-6
"""Absolute below 1, relative above: sums of floating point depend on their order."""
ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

A_ROW: Final = "a row"

Values = tuple[str | None, ...]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """One value that is not what the log says, or a row that one side lacks: then ``column`` is None and the
    side that has it says "a row"."""

    table: str
    key: dict[str, Any]
    column: str | None
    live: str | None
    rebuilt: str | None


@dataclass
class Compared:
    """What came of a table: ``rows`` were compared, ``total`` differences found, the first of them kept."""

    table: str
    rows: int = 0
    total: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        """One more."""
        self.total += 1
        if len(self.differences) < DIFFERENCES_KEPT_MAX:
            self.differences.append(difference)


@dataclass(frozen=True)
class Shape:
    """A table's columns; the first ``key_width`` are its key, by which both streams are ordered."""

    table: str
    columns: Sequence[Column]
    key_width: int

    def values(self, line: bytes) -> Values:
        """The columns of a line of COPY, as text."""
        return tuple(_unescaped(part) for part in line.decode().rstrip("\n").split("\t"))

    def key(self, values: Values) -> Key:
        """Comparable as Postgres orders: text by its bytes, numbers by value."""
        parts = zip(self.columns, values[: self.key_width], strict=False)
        return tuple(
            int(value) if column.python_type is int and value is not None else value
            for column, value in parts
        )

    def named_key(self, values: Values) -> dict[str, Any]:
        """The key as people read it."""
        return {column.name: part for column, part in zip(self.columns, self.key(values), strict=False)}

    def compare(self, live: Values, rebuilt: Values, into: Compared) -> None:
        """Two rows of one key, column by column."""
        for column, ours, theirs in zip(self.columns, live, rebuilt, strict=True):
            if ours != theirs and not (column.python_type is float and are_close(ours, theirs)):
                into.add(Difference(self.table, self.named_key(live), column.name, ours, theirs))


def are_close(one: str | float | None, other: str | float | None) -> bool:
    """Whether two floating point values are the same sum."""
    if one is None or other is None:
        return one is other
    return math.isclose(float(one), float(other), rel_tol=FLOAT_TOLERANCE, abs_tol=FLOAT_TOLERANCE)


def _unescaped(part: str) -> str | None:
    if part == "\\N":
        return None
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), part) if "\\" in part else part


async def lines(
    connection: AsyncConnection[Any], query: sql.Composed, parameters: Mapping[str, Any] | None
) -> AsyncIterator[bytes]:
    """The rows of a query as lines of COPY, as they come."""
    statement = sql.SQL("COPY ({}) TO STDOUT").format(query)
    async with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        async for line in copy:
            yield bytes(line)


async def compare(shape: Shape, live: AsyncIterator[bytes], rebuilt: AsyncIterator[bytes]) -> Compared:
    """Goes through both streams once."""
    found = Compared(shape.table)
    ours, theirs = await anext(live, None), await anext(rebuilt, None)
    while ours is not None or theirs is not None:
        found.rows += 1
        side = 0
        if ours != theirs:
            side = _differ(shape, ours, theirs, found)
        if side <= 0:
            ours = await anext(live, None)
        if side >= 0:
            theirs = await anext(rebuilt, None)
    return found


def _differ(shape: Shape, ours: bytes | None, theirs: bytes | None, into: Compared) -> int:
    """Notes what differs between two lines. Negative: our row comes first, so they lack it; positive: we lack
    theirs; 0: they have one key."""
    our_values = None if ours is None else shape.values(ours)
    their_values = None if theirs is None else shape.values(theirs)
    if our_values is not None and (their_values is None or shape.key(our_values) < shape.key(their_values)):
        into.add(Difference(shape.table, shape.named_key(our_values), None, A_ROW, None))
        return -1
    assert their_values is not None, "at least one side has a row"
    if our_values is None or shape.key(our_values) > shape.key(their_values):
        into.add(Difference(shape.table, shape.named_key(their_values), None, None, A_ROW))
        return 1
    shape.compare(our_values, their_values, into)
    return 0
