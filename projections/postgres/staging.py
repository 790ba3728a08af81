"""Rows as the text that COPY reads, all tables of a flush in one staging table.

One COPY for a small flush, whatever it touches: the number of round trips is what freshness pays for. Each
line is the table's number and its columns as text; the merge casts them (40 ns a value, measured; a round
trip is 300 us). Lines of one COPY are as wide as the widest table among them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import msgspec

from projections.tables import Column, CounterTable, Key, Shared, StateTable, Table, Whole

Item = TypeVar("Item")

WIDTH_MAX: Final = 20
"""Columns of the staging table beside the number: the widest table of any system."""
NULL: Final = "\\N"
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
LITERALS_KNOWN_MAX: Final = 4_000
"""Arrays whose text is kept, of up to LITERAL_ITEMS_MAX items: rows written again mostly have the same."""
LITERAL_ITEMS_MAX: Final = 8
PLAIN_TYPES: Final = frozenset({str, Shared, int, bool, float, datetime, Whole})
"""Their str() is what Postgres reads."""

BLOCK_ROWS: Final = 4_096
"""Rows whose lines are made together, some 0.5 MB: what a line is made of is gone before the next are."""

PILED_LINES_MAX: Final = 20_000
"""A flush deletes its lines; once so many have been deleted the table is emptied instead. That makes Postgres
plan all merges anew, which takes as long as a small flush."""

CREATE: Final = (
    "CREATE TEMP TABLE flush_rows (table_number int NOT NULL, "
    + ", ".join(f'c{i} text COLLATE "C"' for i in range(WIDTH_MAX))
    + ")"
)
CREATE_PLAIN: Final = "ALTER TABLE flush_rows " + ", ".join(
    f"ALTER COLUMN c{i} SET STORAGE EXTERNAL" for i in range(WIDTH_MAX)
)
"""Packed ids are long, and would be compressed for nothing."""
CREATE_INDEX: Final = "CREATE INDEX ON flush_rows (table_number)"
"""Forty statements each look for their lines: reading all of a large flush each time takes seconds."""

DELETE: Final = b"DELETE FROM flush_rows"
EMPTY: Final = b"TRUNCATE flush_rows"


def checked_width(table: str, columns: int) -> int:
    """That many columns, if the staging table has as many."""
    assert columns <= WIDTH_MAX, (
        f"table {table} has {columns} columns, the staging table {WIDTH_MAX}: raise WIDTH_MAX"
    )
    return columns


def copy_statement(width: int) -> str:
    """COPY of lines with that many columns beside the number."""
    return f"COPY flush_rows (table_number, {', '.join(f'c{i}' for i in range(width))}) FROM STDIN"


def escaped(text: str) -> str:
    """The text as a COPY column."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


def array_literal(items: Iterable[str]) -> str:
    """A text[] as Postgres reads it: quotes and backslashes inside the items escaped."""
    return "{" + ",".join('"' + i.replace("\\", "\\\\").replace('"', '\\"') + '"' for i in items) + "}"


_literal_known = lru_cache(LITERALS_KNOWN_MAX)(array_literal)


def _literal(items: tuple[str, ...]) -> str:
    return _literal_known(items) if len(items) <= LITERAL_ITEMS_MAX else array_literal(items)


def _with_literals(values: Iterable[Any]) -> tuple[Any, ...]:
    """These values, the tuples among them as Postgres reads them."""
    return tuple([_literal(v) if v.__class__ is tuple else v for v in values])


def _writer(column: Column) -> Callable[[Any], str]:
    kind = column.python_type
    if kind is bytes:
        return lambda value: "\\\\x" + value.hex()
    if column.is_json:
        return lambda value: escaped(msgspec.json.encode(value).decode())
    if column.sql_type == "text[]":
        return lambda value: escaped(array_literal(value))
    return lambda value: escaped(str(value))


def _end(columns: int, width: int) -> str:
    return ("\t" + NULL) * (width - columns) + "\n"


def _blocks_of(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items that are staged together, BLOCK_ROWS of them or fewer."""
    left = iter(items)
    while block := list(islice(left, BLOCK_ROWS)):
        yield block


def _is_plain(text: str, lines: int, width: int, nulls: int) -> bool:
    """Whether the text has just the tabs, newlines and backslashes of its form, and none from a value.

    One look over the whole text instead of one at each value.
    """
    return (
        text.count("\t") == lines * width
        and text.count("\n") == lines
        and text.count("\\") == nulls
        and "\r" not in text
    )


class _Lines(ABC, Generic[Item]):
    """Lines for the rows of one table, and for its keys alone."""

    def __init__(self, number: int, table: Table) -> None:
        self.number = number
        self.columns = checked_width(table.name, len(table.columns))
        self._key_columns = len(table.key_columns)
        self._pattern = "\t".join([str(number), *["%s"] * self.columns])

    def blocks(self, rows: Iterable[Item], width: int) -> Iterator[str]:
        """All rows; the merge puts them in key order."""
        for block in _blocks_of(rows):
            yield self._text(block, width)

    def key_blocks(self, number: int, keys: Iterable[Key], width: int) -> Iterator[str]:
        """Keys alone, under that number."""
        end = _end(self._key_columns, width)
        for block in _blocks_of(keys):
            yield "".join([f"{number}\t" + "\t".join(self._written_key(key)) + end for key in block])

    @abstractmethod
    def _text(self, rows: Sequence[Item], width: int) -> str: ...

    @abstractmethod
    def _written_key(self, key: Key) -> Iterable[str]: ...


class CounterLines(_Lines[tuple[Key, Sequence[int]]]):
    """Of a counter table: keys are strings and ints, of a table that is spread tuples of strings too; sums
    are ints."""

    def __init__(self, number: int, table: CounterTable) -> None:
        super().__init__(number, table)
        self._has_arrays = any(column.sql_type == "text[]" for column in table.key_columns)

    def _text(self, rows: Sequence[tuple[Key, Sequence[int]]], width: int) -> str:
        pattern = self._pattern + _end(self.columns, width)
        if self._has_arrays:
            rows = [(_with_literals(key), sums) for key, sums in rows]
        whole = "".join([pattern % (*key, *sums) for key, sums in rows])
        if _is_plain(whole, len(rows), width, nulls=len(rows) * (width - self.columns)):
            return whole
        return "".join([pattern % (*self._escaped(key), *sums) for key, sums in rows])

    def _written_key(self, key: Key) -> Iterable[str]:
        return map(str, self._escaped(_with_literals(key) if self._has_arrays else key))

    def _escaped(self, key: Iterable[Any]) -> list[Any]:
        return [escaped(part) if isinstance(part, str) else part for part in key]


class StateLines(_Lines[msgspec.Struct]):
    """Of a state table."""

    def __init__(self, number: int, table: StateTable[Any]) -> None:
        super().__init__(number, table)
        self._writers = tuple(_writer(column) for column in table.columns)
        self._has_arrays = any(column.sql_type == "text[]" for column in table.columns)
        self._has_plain_types = all(
            column.python_type in PLAIN_TYPES or column.sql_type == "text[]" for column in table.columns
        )

    def _text(self, rows: Sequence[msgspec.Struct], width: int) -> str:
        pattern = self._pattern + _end(self.columns, width)
        if self._has_plain_types:
            values = [msgspec.structs.astuple(row) for row in rows]
            nulls = sum(row.count(None) for row in values)
            if self._has_arrays:
                values = [_with_literals(row) for row in values]
            whole = "".join([pattern % tuple([NULL if v is None else v for v in row]) for row in values])
            if _is_plain(whole, len(rows), width, nulls + len(rows) * (width - self.columns)):
                return whole
        return "".join([pattern % self._written(row) for row in rows])

    def _written(self, row: msgspec.Struct) -> tuple[str, ...]:
        values = msgspec.structs.astuple(row)
        return tuple(
            NULL if value is None else write(value)
            for value, write in zip(values, self._writers, strict=True)
        )

    def _written_key(self, key: Key) -> Iterable[str]:
        return [write(part) for part, write in zip(key, self._writers, strict=False)]
