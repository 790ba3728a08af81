"""What verify compares of two generations: the queries, in one order on both sides, and what is left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import sql

from projections.postgres.comparison import Shape
from projections.postgres.generations import Generation, filled
from projections.read_model import ReadModel
from projections.tables import CalculatedTable, Column, CounterTable, Table

HASHED: Final = 1_048_576
"""Rows are drawn for a sample by a hash of their key, of which so many values count."""

DEAD_LETTERS: Final = """
SELECT topic, partition, record_offset, appended_at, kind, code,
       CASE WHEN kind <> 'failed' THEN reason END AS reason, record_key, record_value
FROM groundswell.dead_letters WHERE system = {system} AND generation = {number}
ORDER BY topic, partition, record_offset
"""
POSITIONS: Final = """
SELECT topic, partition, next_offset, applied, duplicates, dead, last_offset, last_checksum, last_appended_at
FROM groundswell.positions WHERE system = {system} AND generation = {number} AND next_offset > 0
ORDER BY topic, partition
"""
NOT_COMPARED: Final = (
    "dead_letters: traceback and fingerprint, and the reason of failed ones: they name places in the code",
    "positions: epoch, flushes, caution and deaths: they tell of workers, not of the log",
    "applied_ids, chores, outbox, recalculations, cache_outbox: the engine's own",
)


@dataclass(frozen=True)
class Comparable:
    """Rows that both generations must have: ``query`` makes the statement for one of them, which takes
    ``parameters``."""

    shape: Shape
    query: Callable[[Generation], sql.Composed]
    parameters: Mapping[str, Any] | None = None


def comparables(
    model: ReadModel, watermark: datetime | None, as_of: dict[str, datetime], sample: float
) -> list[Comparable]:
    """Everything that is folded, and what is calculated from it. ``watermark``: when the newest record was
    appended that was folded; rows older than a table keeps them as of then are left out. ``as_of``: for each
    calculated table the time to calculate it for. ``sample``: the percentage of rows, by a hash of the key.
    """
    found = [_folded(table, watermark, sample) for table in model.tables]
    found += [_calculated(table, as_of[table.name], sample) for table in model.calculated]
    return [*found, *_of_the_engine()]


def not_compared(model: ReadModel, watermark: datetime | None, as_of: dict[str, datetime]) -> list[str]:
    """What a person must know is not looked at, or is compared in another way."""
    found = [
        f"{table.name}: rows whose {table.retention.column} is more than"
        f" {table.retention.kept / timedelta(hours=1):g} hours before {watermark:%Y-%m-%d %H:%M:%S}Z:"
        " housekeeping removes them"
        for table in model.tables
        if isinstance(table, CounterTable) and table.retention is not None and watermark is not None
    ]
    found += [
        f"{table.name}.{table.aging.column} (now): which lists go by; what it is made of is compared"
        for table in model.tables
        if isinstance(table, CounterTable) and table.aging is not None
    ]
    found += [
        f"{table.name} (now): the minute of a row; its values are compared as of that minute"
        for table in model.windows
    ]
    found += [
        f"{table.name} (now): the stored rows; both sides are calculated as of"
        f" {as_of[table.name]:%Y-%m-%d %H:%M}Z"
        for table in model.calculated
    ]
    return [*found, *NOT_COMPARED]


def sampled(columns: tuple[Column, ...], sample: float, relation: str = "t") -> sql.Composable:
    """SQL that holds for this percentage of the keys, the same ones on both sides."""
    if sample >= 100:
        return sql.SQL("true")
    key = sql.SQL(", ").join(sql.Identifier(relation, column.name) for column in columns)
    return sql.SQL("hashtextextended(ROW({})::text, 0) & {} < {}").format(
        key, sql.Literal(HASHED - 1), sql.Literal(round(HASHED * sample / 100))
    )


def _folded(table: Table, watermark: datetime | None, sample: float) -> Comparable:
    columns = table.columns
    kept: sql.Composable = sql.SQL("true")
    if isinstance(table, CounterTable):
        columns += table.followed_columns
        if table.vanishes:
            kept = _not_all_zero(table)
    if isinstance(table, CounterTable) and table.retention is not None and watermark is not None:
        oldest = table.retention.oldest(watermark)
        kept += sql.SQL(" AND t.{} >= {}").format(sql.Identifier(table.retention.column), sql.Literal(oldest))

    def query(generation: Generation) -> sql.Composed:
        return sql.SQL("SELECT {} FROM {} AS t WHERE {} AND {} ORDER BY {}").format(
            _names(columns),
            sql.Identifier(generation.schema, table.name),
            kept,
            sampled(table.key_columns, sample),
            _names(table.key_columns),
        )

    return Comparable(Shape(table.name, columns, len(table.key_columns)), query)


def _not_all_zero(table: CounterTable) -> sql.Composable:
    """A row of zeros means that there is nothing, as no row does."""
    return sql.SQL("num_nonnulls({}) > 0").format(
        sql.SQL(", ").join(sql.SQL("nullif(t.{}, 0)").format(sql.Identifier(name)) for name in table.sums)
    )


def _calculated(table: CalculatedTable, as_of: datetime, sample: float) -> Comparable:
    def query(generation: Generation) -> sql.Composed:
        return sql.SQL("SELECT {} FROM ({}) AS t WHERE {} ORDER BY {}").format(
            _names(table.columns),
            filled(table.computed, generation),
            sampled(table.key_columns, sample),
            _names(table.key_columns),
        )

    return Comparable(Shape(table.name, table.columns, table.key_width), query, {"as_of": as_of})


def _of_the_engine() -> list[Comparable]:
    dead = ("appended_at", "kind", "code", "reason", "record_key", "record_value")
    counts = ("next_offset", "applied", "duplicates", "dead", "last_offset", "last_checksum")
    found = []
    for name, text, key, rest in (
        ("dead_letters", DEAD_LETTERS, ("topic", "partition", "record_offset"), dead),
        ("positions", POSITIONS, ("topic", "partition"), (*counts, "last_appended_at")),
    ):
        columns = [Column(column, str if column == "topic" else int) for column in key]
        columns += [Column(column, str) for column in rest]
        found.append(Comparable(Shape(name, columns, len(key)), _engine_query(text)))
    return found


def _engine_query(text: str) -> Callable[[Generation], sql.Composed]:
    def query(generation: Generation) -> sql.Composed:
        return sql.SQL(text).format(
            system=sql.Literal(generation.system), number=sql.Literal(generation.number)
        )

    return query


def _names(columns: tuple[Column, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
