"""Compares what Postgres holds with what the oracle expects: views by key and column, counts by partition.

Used by the property tests and by the crash suite, so the report is written for whoever has only the report.
What depends on the minute is compared in `compare_now`, closes of hours with their like in `compare_closes`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final, Protocol

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from projections.postgres.generations import Generation
from projections.tables import Table
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_judging import DeadRecord, PartitionCounts

VIEW_KEYS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "actions": {
        "waves": ("wave_id",),
        "ripple_counters": ("wave_id", "ripple_id"),
        "action_log": ("wave_id", "action_id"),
        "user_waves": ("user_id", "wave_id"),
        "user_impact_summaries": ("user_id",),
        "bucket_weights": ("bucket", "effective_from"),
        "activity": ("wave_id", "ripple_id", "bucket", "hour"),
        "trending_scores": ("hour", "wave_id", "ripple_id"),
    },
    "content": {
        "videos": ("video_id",),
        "creators": ("creator_id",),
        "sounds": ("sound_id",),
        "hashtags": ("hashtag",),
        "communities": ("community_id",),
        "community_creators": ("community_id", "creator_id"),
        "hashtag_creators": ("hashtag", "creator_id"),
        "sound_creators": ("sound_id", "creator_id"),
        "community_hashtags": ("community_id", "hashtag"),
        "observations": ("video_id", "observation_id"),
        "activity": ("kind", "id", "hour"),
        "leaderboards": ("hour", "period", "kind", "sort", "rank"),
        "reconciliations": ("run",),
    },
    "weights": {
        "impact_weights": ("user_id", "category"),
        "current": ("user_id",),
        "history": ("user_id", "version"),
        "population": ("category",),
    },
    "rankings": {
        "students": ("student_id",),
        "periods": ("period_id",),
        "topics": ("period_id", "topic_id"),
        "rankings": ("period_id", "student_id", "topic_id"),
        "changes": ("period_id", "student_id", "number"),
        "topic_metrics": ("period_id", "topic_id"),
        "topic_trends": ("period_id", "topic_id", "hour"),
        "assignment_runs": ("period_id", "run"),
        "assignments": ("period_id", "run", "student_id"),
        "reconciliations": ("run",),
    },
    "interactions": {
        "interaction_counts": ("entry_id",),
        "user_states": ("user_id", "entry_id"),
        "resonances": ("user_id", "entry_id"),
        "branches": ("parent_id", "child_id"),
        "entries": ("entry_id",),
        "tree_parts": ("entry_id",),
        "tree_roots": ("entry_id",),
        "activity": ("entry_id", "hour"),
    },
}
"""By system, the views that an oracle knows and their keys."""
DIFFERENCES_SHOWN_MAX: Final = 20

_LOADS = partial(json.loads, parse_float=Decimal)


class Wanted(Protocol):
    """What a system's oracle says of a log."""

    @property
    def views(self) -> dict[str, list[Row]]:
        """The rows of each view."""

    @property
    def counts(self) -> dict[int, PartitionCounts]:
        """What became of the records of each partition."""

    @property
    def dead(self) -> list[DeadRecord]:
        """The dead records, in the order of the log."""


@dataclass(frozen=True)
class Stored:
    """What the tables of a system say; ``counts`` are (read, applied, duplicates, dead) by partition."""

    system: str
    views: dict[str, list[Row]]
    dead: list[DeadRecord]
    counts: dict[int, tuple[int, int, int, int]]
    positions: dict[int, int]


async def stored(connection: AsyncConnection[Any], generation: Generation, topic: str) -> Stored:
    """All of it in one snapshot, so that it may be read while workers go on."""
    set_json_loads(_LOADS, connection)
    place = (generation.system, generation.number, topic)
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        views = {}
        for view in VIEW_KEYS[generation.system]:
            await cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(generation.system, view)))
            views[view] = await cursor.fetchall()
        await cursor.execute(
            "SELECT partition, record_offset, kind, code FROM groundswell.dead_letters"
            " WHERE system = %s AND generation = %s AND topic = %s ORDER BY partition, record_offset",
            place,
        )
        dead = [
            DeadRecord(row["partition"], row["record_offset"], row["kind"], row["code"])
            for row in await cursor.fetchall()
        ]
        await cursor.execute(
            "SELECT partition, next_offset, applied, duplicates, dead FROM groundswell.positions"
            " WHERE system = %s AND generation = %s AND topic = %s",
            place,
        )
        rows = await cursor.fetchall()
    counts = {
        row["partition"]: (
            row["applied"] + row["duplicates"] + row["dead"], row["applied"], row["duplicates"], row["dead"]
        )
        for row in rows
    }  # fmt: skip
    positions = {row["partition"]: row["next_offset"] for row in rows}
    return Stored(generation.system, views, dead, counts, positions)


def differences(found: Stored, wanted: Wanted, records: Iterable[LogRecord]) -> list[str]:
    """A line for each difference; none when the tables are exactly what the log says."""
    lines: list[str] = []
    for partition, counts in sorted(wanted.counts.items()):
        expected = (counts.read, counts.applied, counts.duplicates, counts.dead.total())
        actual = found.counts.get(partition, (0, 0, 0, 0))
        if actual != expected:
            names = "(read, applied, duplicates, dead)"
            lines.append(f"partition {partition}: {names} is {actual}, must be {expected}")
    lines += _dead_differences(found.dead, wanted.dead)
    last = Counter[int]()
    for record in records:
        last[record.partition] = max(last[record.partition], record.offset)
    for partition, offset in last.items():
        if found.positions.get(partition, 0) <= offset:
            position = found.positions.get(partition, 0)
            lines.append(f"partition {partition}: position {position}, records up to {offset} exist")
    for view, key in VIEW_KEYS[found.system].items():
        lines += row_differences(view, key, found.views[view], wanted.views[view])
    return lines


def unknown_columns(found: Stored, wanted: Wanted, now_columns: frozenset[str]) -> list[str]:
    """Columns that a view shows and the oracle says nothing of: none may be, but those (now)."""
    return [
        f"{view}: column {column} is not known to the oracle"
        for view, rows in found.views.items()
        if rows and wanted.views[view]
        for column in sorted(rows[0].keys() - wanted.views[view][0].keys() - now_columns)
    ]


def row_differences(view: str, key: Sequence[str], found: Iterable[Row], wanted: Iterable[Row]) -> list[str]:
    """Rows that are missing, not expected, there twice, or that differ in a column that the oracle knows."""

    def by_key(rows: Iterable[Row]) -> dict[tuple[object, ...], list[Row]]:
        answer = defaultdict(list)
        for row in rows:
            answer[tuple(row[column] for column in key)].append(row)
        return answer

    actual, expected = by_key(found), by_key(wanted)
    lines = []
    for place in sorted(actual.keys() | expected.keys(), key=repr):
        name = f"{view}{place}"
        if len(actual.get(place, ())) > 1:
            lines.append(f"{name}: {len(actual[place])} rows")
        elif place not in actual:
            lines.append(f"{name}: missing, must be {expected[place][0]}")
        elif place not in expected:
            lines.append(f"{name}: must not be there: {actual[place][0]}")
        else:
            (row,), (right,) = actual[place], expected[place]
            lines += [
                f"{name}.{column}: is {row.get(column)!r}, must be {value!r}"
                for column, value in right.items()
                if column not in row or row[column] != value
            ]
    return lines


def _dead_differences(found: Iterable[DeadRecord], wanted: Iterable[DeadRecord]) -> list[str]:
    actual, expected = set(found), set(wanted)
    missing = [f"dead letter missing: {dead}" for dead in expected - actual]
    return sorted(missing) + sorted(f"dead letter not expected: {dead}" for dead in actual - expected)


def report(lines: Sequence[str]) -> str:
    """The first differences and how many there are."""
    shown = [*lines[:DIFFERENCES_SHOWN_MAX]]
    if len(lines) > len(shown):
        shown.append(f"... and {len(lines) - len(shown)} more")
    return "\n".join([f"{len(lines)} differences from the oracle:", *shown])


async def table_rows(connection: AsyncConnection[Any], schema: str, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a generation's table in the order of its key."""
    key = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.key_columns)
    statement = sql.SQL("SELECT * FROM {} ORDER BY {}").format(sql.Identifier(schema, table.name), key)
    return await (await connection.execute(statement)).fetchall()


async def keyed_rows(connection: AsyncConnection[Any], schema: str, relation: str) -> list[Row]:
    """All rows of a table or view, by column."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, relation)))
        return await cursor.fetchall()
