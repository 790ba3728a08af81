"""Decisions by the clock: made once by the live generation, written to the outbox, folded from the log.

A decision is made when its nominal time is far enough behind, nobody publishes a past, and, where it looks at
the whole log, every position has passed the ends that this had then. Its events go into the outbox in one
transaction, under the key (system, decision, nominal time, part): whoever decides it again changes nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from events.codec import encode
from events.decisions import Decision
from events.partitioning import partition_of
from events.settings import Settings
from projections.postgres.generations import Generation, filled
from projections.postgres.holds import is_held
from projections.postgres.recalculation import EPOCH, plan_for_whole_tables
from projections.postgres.reconciliation import NotActive

log = structlog.get_logger(__name__)

DECISIONS_TOGETHER_MAX: Final = 200
"""Nominal times decided in one go; more are due when many hours of a past are closed."""
STATEMENT_SECONDS_MAX: Final = 120

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DecisionPlace:
    """Where decisions of a system are made and written: its live generation and its topic."""

    generation: Generation
    topic: str
    partitions: int
    rows_max: int | None = None


Work: TypeAlias = Callable[[AsyncConnection[Any], DecisionPlace, datetime], Awaitable[Row]]
"""What a decision reports about: done in transactions of its own before the decision is written, by one at a
time. It may be done again, after a crash or when the report could not be written, so it must find less to do
then, and leave what it did in tables."""
Tell: TypeAlias = Callable[[AsyncConnection[Any], DecisionPlace, Row], Awaitable[Sequence[Row]]]
"""The rows of the report, of what the work answered and of all that work left and nobody reported: cleared
here, in the transaction that writes the report."""


@dataclass(frozen=True)
class Reported:
    """Rows of a decision that does something first."""

    work: Work
    tell: Tell


@dataclass(frozen=True, kw_only=True)
class DecisionRule:
    """How a decision is made, whenever that is.

    ``rows`` is a SQL file that answers what is decided as of %(nominal_time)s, at most %(limit)s rows, as
    many as the place says; or it is work that is reported. ``events`` makes the parts of the decision of
    them, each at most 64 KiB; pure. ``is_wide``: the rows are of whole tables, not looked up by index.
    ``arguments`` are further parameters of the file.
    """

    name: str
    rows: Path | Reported
    events: Callable[[datetime, Sequence[Row]], Sequence[Decision]]
    is_wide: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ScheduledDecision(DecisionRule):
    """What a system decides at the end of each whole ``period``; periods end ``offset`` after whole ones
    since 1970.

    ``due`` is a SQL file that answers the nominal times to decide, in order, from %(since)s (exclusive; null
    looks at everything) to %(until)s (inclusive), those left out that are decided already; at most
    %(limit)s; the ``arguments`` are parameters of it too. ``rows_max`` tells of the settings how many rows
    are decided about. It is made ``delay`` after its nominal time; None: as the setting says. One that does
    not ``wait`` is about what is folded, however much of the log is not; it is looked for at each tick. What
    the outbox knows of it is forgotten once it was ``kept`` so long; None: never.
    """

    period: timedelta
    due: Path
    offset: timedelta = timedelta(0)
    rows_max: Callable[[Settings], int] | None = None
    delay: timedelta | None = None
    waits: bool = True
    kept: timedelta | None = None

    @property
    def is_long(self) -> bool:
        """Whether it may take minutes, so that nothing else should wait for it."""
        return self.is_wide or isinstance(self.rows, Reported)

    def last_end(self, until: datetime) -> datetime:
        """The end of the last period that has ended by then."""
        return until - (until - EPOCH - self.offset) % self.period


class Outcome(Enum):
    """What became of a decision. NOT_HERE: somebody else made it, this generation is not the live one any
    more, a past is being published, or large work is half done. EMPTY: there was nothing to decide about."""

    DECIDED = auto()
    NOT_HERE = auto()
    EMPTY = auto()


async def due_times(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: ScheduledDecision,
    delay: timedelta,
    *,
    everything: bool,
) -> list[datetime]:
    """The nominal times that are due, in order: those after the newest one decided; or, when ``everything``
    is to be looked at or nothing was ever decided, all that are not decided."""
    cursor = await connection.execute(
        "SELECT clock_timestamp(), max(nominal_time) FROM groundswell.outbox"
        " WHERE system = %s AND decision = %s",
        (place.generation.system, decision.name),
    )
    row = await cursor.fetchone()
    assert row is not None, "an aggregate answers one row"
    now, newest = row
    until = decision.last_end(now - delay)
    return await _due(connection, place, decision, None if everything else newest, until)


async def _due(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: ScheduledDecision,
    since: datetime | None,
    until: datetime,
) -> list[datetime]:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS_MAX}s'")
        cursor = await connection.execute(
            filled(decision.due, place.generation),
            {"since": since, "until": until, "limit": DECISIONS_TOGETHER_MAX, **decision.arguments},
        )
        return [row[0] for row in await cursor.fetchall()]


async def decide(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: DecisionRule,
    nominal_time: datetime,
) -> Outcome:
    """Decides as of one snapshot and writes all parts into the outbox, or none."""
    if isinstance(decision.rows, Path):
        return await _write(connection, place, decision, nominal_time, None)
    async with _alone(connection, place, decision) as is_alone:
        if not is_alone or not await _may_decide(connection, place):
            return Outcome.NOT_HERE
        try:
            worked_out = await decision.rows.work(connection, place, nominal_time)
        except NotActive:
            return Outcome.NOT_HERE
        return await _write(connection, place, decision, nominal_time, worked_out)


@asynccontextmanager
async def _alone(
    connection: AsyncConnection[Any], place: DecisionPlace, decision: DecisionRule
) -> AsyncIterator[bool]:
    """Whether nobody else is at work on such a decision; it stays so. Two of them would be harmless: what
    they do is done once, and one report tells it."""
    key = (f"groundswell {decision.name} of {place.generation.system}",)
    cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
    is_alone = bool((await cursor.fetchone() or (False,))[0])
    try:
        yield is_alone
    finally:
        if is_alone and not connection.closed:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


async def _write(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: DecisionRule,
    nominal_time: datetime,
    worked_out: Row | None,
) -> Outcome:
    try:
        async with connection.transaction() as transaction:
            outcome = await _decide(connection, place, decision, nominal_time, worked_out)
            if outcome is not Outcome.DECIDED:
                # What this report would have told stays for another one.
                raise psycopg.Rollback(transaction)
    except psycopg.errors.SerializationFailure:
        # Somebody else decided it, or promoted another generation, since the snapshot was taken.
        return Outcome.NOT_HERE
    if outcome is Outcome.DECIDED:
        system, at = place.generation.system, nominal_time.isoformat()
        log.info("decided", system=system, decision=decision.name, at=at)
    return outcome


async def _decide(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: DecisionRule,
    nominal_time: datetime,
    worked_out: Row | None,
) -> Outcome:
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    await connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS_MAX}s'")
    # The log does not hold it until it is relayed: worth a sync.
    await connection.execute("SET LOCAL synchronous_commit = on")
    if not await _may_decide(connection, place):
        return Outcome.NOT_HERE
    if isinstance(decision.rows, Path):
        rows: Sequence[Row] = await _rows(connection, place, decision, decision.rows, nominal_time)
    else:
        assert worked_out is not None, f"{decision.name} reports what was done before"
        rows = await decision.rows.tell(connection, place, worked_out)
    events = decision.events(nominal_time, rows)
    for event in events:
        # Whoever writes the first part writes them all: another's may have been made of other rows.
        if not await _put(connection, place, decision, event):
            assert event is events[0], f"half of {decision.name} of {nominal_time} was written by others"
            return Outcome.NOT_HERE
    return Outcome.DECIDED if events else Outcome.EMPTY


async def _may_decide(connection: AsyncConnection[Any], place: DecisionPlace) -> bool:
    """Whether the generation is the live one, no past is being published and no large work is half done."""
    # A hold that the snapshot of a decision does not see began after it: nothing of its past is in there
    # either.
    if not await _is_active(connection, place.generation) or await is_held(
        connection, place.generation.system
    ):
        return False
    return not await _has_chores(connection, place.generation)


async def _is_active(connection: AsyncConnection[Any], generation: Generation) -> bool:
    """Whether it is the live one, and stays so to the end of the caller's transaction."""
    cursor = await connection.execute(
        "SELECT active FROM groundswell.generations WHERE system = %s AND generation = %s FOR SHARE",
        (generation.system, generation.number),
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _has_chores(connection: AsyncConnection[Any], generation: Generation) -> bool:
    """Whether a purge or a late weight is half done: what is decided now would be of two truths."""
    cursor = await connection.execute(
        "SELECT FROM groundswell.chores WHERE system = %s AND generation = %s LIMIT 1",
        (generation.system, generation.number),
    )
    return await cursor.fetchone() is not None


async def _rows(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: DecisionRule,
    rows: Path,
    nominal_time: datetime,
) -> list[dict[str, Any]]:
    if decision.is_wide:
        await plan_for_whole_tables(connection, STATEMENT_SECONDS_MAX)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            filled(rows, place.generation),
            {"nominal_time": nominal_time, "limit": place.rows_max, **decision.arguments},
        )
        return await cursor.fetchall()


async def _put(
    connection: AsyncConnection[Any], place: DecisionPlace, decision: DecisionRule, event: Decision
) -> int:
    cursor = await connection.execute(
        sql.SQL(
            "INSERT INTO groundswell.outbox (system, decision, nominal_time, part, topic, partition,"
            " record_key, record_value, header) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')"
            " ON CONFLICT DO NOTHING"
        ),
        (
            place.generation.system,
            decision.name,
            event.at,
            event.part,
            place.topic,
            partition_of(event.key, place.partitions),
            event.key.encode(),
            encode(event),
        ),
    )
    return cursor.rowcount


async def decided_events(
    connection: AsyncConnection[Any],
    place: DecisionPlace,
    decision: DecisionRule,
    nominal_time: datetime,
) -> list[dict[str, Any]]:
    """The parts of a decision as they were written, published or not."""
    cursor = await connection.execute(
        "SELECT convert_from(record_value, 'UTF8')::jsonb FROM groundswell.outbox"
        " WHERE system = %s AND decision = %s AND nominal_time = %s ORDER BY part",
        (place.generation.system, decision.name, nominal_time),
    )
    return [row[0] for row in await cursor.fetchall()]
