"""Rows as the text that COPY reads, all tables of a flush in one staging table.

One COPY for a flush, whatever it touches: the number of round trips is what freshness pays for. Each line is
the
table's number and its columns as text; the merge casts them (40 ns a value, measured; a round trip is 300
us).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from projections.tables import Column, CounterTable, Key, StateTable

WIDTH: Final = 16
"""Columns of the staging table beside the number: the widest table of any system."""
NULL: Final = "\\N"
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

CREATE: Final = (
    "CREATE TEMP TABLE flush_rows (table_number int NOT NULL, "
    + ", ".join(f'c{i} text COLLATE "C"' for i in range(WIDTH))
    + ") ON COMMIT DELETE ROWS"
)
COPY: Final = "COPY flush_rows FROM STDIN"


def escaped(text: str) -> str:
    """The text as a COPY column."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


def array_literal(items: Iterable[str]) -> str:
    """A text[] as Postgres reads it: quotes and backslashes inside the items escaped."""
    return "{" + ",".join('"' + i.replace("\\", "\\\\").replace('"', '\\"') + '"' for i in items) + "}"


def _writer(column: Column) -> Callable[[Any], str]:
    kind = column.python_type
    if kind is str:
        return escaped
    if kind is bool:
        return lambda value: "t" if value else "f"
    if kind is bytes:
        return lambda value: "\\\\x" + value.hex()
    if kind is datetime:
        return lambda value: str(value.isoformat())
    if column.is_json:
        return lambda value: escaped(msgspec.json.encode(value).decode())
    if column.sql_type == "text[]":
        return lambda value: escaped(array_literal(value))
    return str


def _padding(columns: int) -> str:
    assert columns <= WIDTH, f"a table has {columns} columns, the staging table {WIDTH}: raise staging.WIDTH"
    return ("\t" + NULL) * (WIDTH - columns) + "\n"


class CounterLines:
    """Lines for the rows of one counter table: keys are strings and ints, sums are ints."""

    def __init__(self, number: int, table: CounterTable) -> None:
        self.width = len(table.columns)
        self.padding = _padding(self.width)
        self.pattern = "\t".join([str(number), *["%s"] * self.width]) + self.padding
        self.number = number
        self.key_names = tuple(table.key)

    def text(self, rows: Mapping[Key, list[int]]) -> str:
        """All rows in key order: workers that share rows lock them in one order."""
        pattern = self.pattern
        whole = "".join([pattern % (*key, *rows[key]) for key in sorted(rows)])
        # One look over the whole text instead of one at each key: a key with a tab, a newline or a backslash
        # would show in the counts.
        count = len(rows)
        plain = (
            whole.count("\t") == count * WIDTH
            and whole.count("\n") == count
            and whole.count("\\") == count * (WIDTH - self.width)
            and "\r" not in whole
        )
        return whole if plain else "".join(self._escaped(key, rows[key]) for key in sorted(rows))

    def keys(self, keys: Iterable[Key]) -> str:
        """Keys alone, under the next number."""
        padding = _padding(len(self.key_names))
        return "".join(
            f"{self.number + 1}\t" + "\t".join([escaped(str(part)) for part in key]) + padding for key in keys
        )

    def _escaped(self, key: Key, sums: list[int]) -> str:
        return self.pattern % (*[escaped(p) if isinstance(p, str) else p for p in key], *sums)


class StateLines:
    """Lines for the rows of one state table, and for the keys of its deleted rows under the next number."""

    def __init__(self, number: int, table: StateTable[Any]) -> None:
        self.number = number
        self.names = tuple(column.name for column in table.columns)
        self.writers = tuple(_writer(column) for column in table.columns)
        self.padding = _padding(len(self.names))
        self.key_padding = _padding(table.key_width)

    def text(self, rows: Mapping[Key, msgspec.Struct | None]) -> str:
        """All rows in key order."""
        return "".join(
            self._removed(key) if (row := rows[key]) is None else self._stands(row) for key in sorted(rows)
        )

    def _stands(self, row: msgspec.Struct) -> str:
        values = [
            NULL if (value := getattr(row, name)) is None else write(value)
            for name, write in zip(self.names, self.writers, strict=True)
        ]
        return f"{self.number}\t" + "\t".join(values) + self.padding

    def _removed(self, key: Key) -> str:
        values = [write(part) for part, write in zip(key, self.writers, strict=False)]
        return f"{self.number + 1}\t" + "\t".join(values) + self.key_padding
