"""Window rows: recomputed from their cells by the flushes that touch them and, every minute, by a job.

Both compute by the generation's function ``<table>_at(key, minute)`` as of Postgres's own minute. A flush
holds an advisory lock shared, or alone where rows of several tables bear on one window; the job holds it
alone: what either reads is committed or its own, and no row is ever put back to an earlier minute than the
job's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from projections.postgres.merge import column_names, staged_columns
from projections.postgres.staging import StateLines
from projections.tables import Column, WindowTable

MINUTE_NOW: Final = "floor(extract(epoch FROM clock_timestamp()) / 60)::bigint"
"""The minute by Postgres's clock, in whole ones since 1970."""


def lock_key(schema: str) -> sql.Composed:
    """The advisory lock over all window rows of a generation."""
    return sql.SQL("hashtextextended({}, 0)").format(sql.Literal(f"groundswell windows {schema}"))


@dataclass(frozen=True)
class WindowMerge:
    """What a flush does for one window table, once the tables that it reads are merged."""

    table: WindowTable
    block: str

    @classmethod
    def of(cls, table: WindowTable, touches: Sequence[StateLines], schema: str) -> "WindowMerge":
        """``touches`` are the lines of the state tables whose staged keys are recomputed."""
        numbers = sql.SQL(", ").join(
            sql.Literal(number) for touch in touches for number in (touch.number, touch.number + 1)
        )
        # One row for each key: an INSERT must not meet a key twice.
        distinct = sql.SQL("DISTINCT" if len(touches) > 1 else "")
        staged = sql.SQL("SELECT {} {} FROM flush_rows WHERE table_number IN ({})").format(
            distinct, staged_columns(table.key_columns), numbers
        )
        # What several tables touch may be touched by several flushes at once: each waits until the one before
        # is committed, or it would compute without its rows.
        lock = sql.SQL("pg_advisory_xact_lock" if len(touches) > 1 else "pg_advisory_xact_lock_shared")
        block = sql.SQL("IF numbers && ARRAY[{}] THEN PERFORM {}({}); {}; END IF;").format(
            numbers, lock, lock_key(schema), recompute(schema, table, staged)
        )
        return cls(table, block.as_string())


def recompute(schema: str, table: WindowTable, keys: sql.Composable) -> sql.Composed:
    """Puts the rows of the keys that the query ``keys`` selects as of the minute now, those that differ; and
    removes the rows of keys for which the function has no answer, because what they were about is gone."""
    values = table.columns[table.key_width + 1 :]
    return sql.SQL(
        "WITH computed AS MATERIALIZED ("
        " SELECT {keys}, w.* FROM ({staged}) AS k ({key}) CROSS JOIN (SELECT {minute} AS minute) AS m"
        " LEFT JOIN LATERAL"
        " (SELECT true AS is_known, m.minute, f.* FROM {function}({keys}, m.minute) AS f) AS w"
        " ON true), "
        "gone AS (DELETE FROM {table} AS t USING computed AS k WHERE k.is_known IS NULL AND {matches}) "
        "INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM computed WHERE is_known ORDER BY {key}"
        " ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE {differs}"
    ).format(
        table=sql.Identifier(schema, table.name),
        function=sql.Identifier(schema, f"{table.name}_at"),
        key=column_names(table.key_columns),
        keys=_of("k", table.key_columns),
        columns=column_names(table.columns),
        staged=keys,
        minute=sql.SQL(MINUTE_NOW),
        matches=sql.SQL("({}) = ({})").format(_of("t", table.key_columns), _of("k", table.key_columns)),
        changes=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column.name))
            for column in table.columns[table.key_width :]
        ),
        differs=sql.SQL("({}) IS DISTINCT FROM ({})").format(_of("t", values), _of("excluded", values)),
    )


def _of(relation: str, columns: tuple[Column, ...]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}.{}").format(sql.SQL(relation), sql.Identifier(column.name)) for column in columns
    )
