"""What one worker of a system does for all: windows by the minute, calculations, decisions.

An advisory lock chooses the leader; it only saves work. Two leaders are harmless: windows are recomputed
absolutely, a decision has one key. Only Postgres's clock counts; a worker whose own clock differs from it
decides nothing, because one of the two is wrong.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import psycopg
import structlog
from psycopg import AsyncConnection

from events.errors import GroundswellError, ServerUnreachable, WrongUsage
from events.instants import Clock, system_clock
from events.settings import Settings
from projections.postgres.aging import age
from projections.postgres.connection import BY_INDEX, connect, until_postgres_answers
from projections.postgres.generations import Generation
from projections.postgres.holds import ended_holds, forget_holds, is_held
from projections.postgres.positions import partitions_recorded, positions
from projections.postgres.recalculation import (
    CHUNK_ROWS,
    calculate,
    due_keys,
    minute_now,
    minute_of,
    move_minute,
    period_now,
    position,
    recompute_keys,
    settled_minute,
)
from projections.tables import CounterTable, Key, WindowTable
from streams.decision_pauses import DecisionPauses
from streams.decisions import DecisionPlace, Outcome, ScheduledDecision, decide, due_times
from streams.log_extent import log_ends
from streams.system import StreamSystem

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 0.5
"""How often the leader looks whether a minute has begun or a decision is due."""
PROMPT_TICK_SECONDS: Final = 0.2
"""The same where a system has decisions that do not wait."""
CANDIDATE_SECONDS: Final = 1.0
"""How often the others look whether there is a leader."""
CLOCKS_APART_MAX: Final = timedelta(minutes=2)
"""A worker's clock and Postgres's may differ so much; beyond, nothing is decided."""
PASSING_SECONDS_MAX: Final = 10.0
"""How long a decision waits for the positions to pass the ends of the log; then it is tried again later."""
PASSING_LOOK_SECONDS: Final = 0.05

Decisions: TypeAlias = tuple[ScheduledDecision, ...]


class NotDecided(GroundswellError):
    """The message says what failed; mend that, for example a Postgres that has too much to do."""

    code = "not_decided"


class WindowListener:
    """Hears of window rows as they are recomputed; this one does nothing about it, a cache does."""

    async def windows_changed(
        self, connection: AsyncConnection[Any], table: WindowTable, keys: Sequence[Key]
    ) -> None:
        """In the transaction that recomputed the rows of these keys."""

    async def windows_passed(self, connection: AsyncConnection[Any], since: int | None, until: int) -> None:
        """In the transaction that moves the position between these minutes, rows changed or not."""

    def committed(self) -> None:
        """That transaction was committed."""


class Leader:
    """Leads one system while it holds the lock, for the generation that this process folds."""

    def __init__(
        self,
        system: StreamSystem,
        settings: Settings,
        generation: Generation,
        *,
        listener: WindowListener | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._system = system
        self._settings = settings
        self._generation = generation
        self._listener = listener or WindowListener()
        self._clock = clock
        self._topic = system.events.topic(settings.topic_prefix)
        self._prompt = tuple(each for each in system.decisions if not each.waits)
        self._waiting = tuple(each for each in system.decisions if each.waits)
        self._told_apart = False
        self._aged_minute: int | None = None
        self._pauses = DecisionPauses(system.name, time.monotonic)
        self._beside: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until cancelled. Waits while Postgres or Kafka is away; leads whenever nobody else does."""
        while True:
            await until_postgres_answers("lead", self._lead)
            await asyncio.sleep(CANDIDATE_SECONDS)

    async def _lead(self) -> None:
        connection = await connect(self._settings.postgres, **BY_INDEX)
        async with connection:
            cursor = await connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended('groundswell leader ' || %s, 0))",
                (self._system.name,),
            )
            if not (await cursor.fetchone() or (False,))[0] or not await self._is_active(connection):
                return
            log.info("leads", system=self._system.name)
            try:
                await self._lead_on(connection)
            finally:
                await self._stop_beside()

    async def _lead_on(self, connection: AsyncConnection[Any]) -> None:
        while await self._is_active(connection):
            try:
                await self.tick(connection)
            except (ServerUnreachable, WrongUsage) as error:
                log.warning("kafka_wait", doing="decide", error=str(error))
            if self._told_apart:
                # Somebody whose clock is right may lead instead.
                return
            await asyncio.sleep(PROMPT_TICK_SECONDS if self._prompt else TICK_SECONDS)

    async def tick(self, connection: AsyncConnection[Any]) -> None:
        """Whatever is due now."""
        await self.refresh_windows(connection)
        await self._age(connection)
        await self._calculate(connection)
        if self._system.decisions and await self._clocks_agree(connection):
            await self._decide_promptly(connection)
            await self._decide_beside(connection)
            await self.decide_due(connection, self._decisions(are_long=False))

    async def _age(self, connection: AsyncConnection[Any]) -> None:
        """Once a minute: columns whose rows passed a step."""
        aging = [t for t in self._system.model.tables if isinstance(t, CounterTable) and t.aging is not None]
        minute = await minute_now(connection) if aging else None
        if minute != self._aged_minute:
            for table in aging:
                await age(connection, self._generation, table)
            self._aged_minute = minute

    async def _calculate(self, connection: AsyncConnection[Any], *, even_if_done: bool = False) -> None:
        for table in self._system.model.calculated:
            as_of = await period_now(connection, table.period)
            before = await position(connection, self._generation, table.name)
            if before is None or before < as_of:
                await calculate(connection, self._generation, table, as_of)
            elif even_if_done:
                # By command it may have been calculated as of a later hour of the day.
                await calculate(connection, self._generation, table, before)

    async def calculate_now(self, connection: AsyncConnection[Any]) -> datetime:
        """All calculated tables as of the running hour, by command; answers that hour."""
        as_of = await period_now(connection, timedelta(hours=1))
        for table in self._system.model.calculated:
            await calculate(connection, self._generation, table, as_of)
        return as_of

    async def refresh_windows(self, connection: AsyncConnection[Any]) -> None:
        """The rows whose minutes entered or left since the last time, a chunk at a time."""
        for table in self._system.model.windows:
            since = await minute_of(connection, self._generation, table)
            if since is not None and since >= await minute_now(connection):
                continue
            until = await settled_minute(connection, self._generation)
            keys = await due_keys(connection, self._generation, table, since, until)
            for start in range(0, len(keys), CHUNK_ROWS):
                chunk = keys[start : start + CHUNK_ROWS]
                async with connection.transaction():
                    await recompute_keys(connection, self._generation, table, chunk)
                    await self._listener.windows_changed(connection, table, chunk)
                self._listener.committed()
            async with connection.transaction():
                await move_minute(connection, self._generation, table, until)
                await self._listener.windows_passed(connection, since, until)
            self._listener.committed()

    @property
    def failed(self) -> Mapping[str, str]:
        """By the name of each decision that failed the last time: why. It is tried again after a pause."""
        return self._pauses.failed

    def _decisions(self, *, are_long: bool) -> Decisions:
        return tuple(each for each in self._waiting if each.is_long is are_long)

    async def _decide_promptly(self, connection: AsyncConnection[Any]) -> None:
        """What is due of the decisions about what is folded by now."""
        if self._prompt and not await is_held(connection, self._system.name):
            for decision, at in await self._due(connection, self._prompt, everything=False):
                await self._decide(connection, await self._partitions(connection), decision, at)

    async def _decide_beside(self, connection: AsyncConnection[Any]) -> None:
        """Begins what is due and takes long, through a connection of its own: windows and ages go on."""
        decisions = self._decisions(are_long=True)
        if not decisions or (self._beside is not None and not self._beside.done()):
            return
        everything = bool(await ended_holds(connection, self._system.name))
        if await self._due(connection, decisions, everything=everything):
            self._beside = asyncio.ensure_future(self._decide_apart(decisions))

    async def _decide_apart(self, decisions: Decisions) -> None:
        try:
            async with await connect(self._settings.postgres, **BY_INDEX) as connection:
                await self.decide_due(connection, decisions)
        except (psycopg.OperationalError, ServerUnreachable, WrongUsage) as error:
            log.warning("decisions_wait", system=self._system.name, error=str(error).strip())
            await asyncio.sleep(CANDIDATE_SECONDS)

    async def _stop_beside(self) -> None:
        beside, self._beside = self._beside, None
        if beside is not None:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)

    async def decide_due(
        self, connection: AsyncConnection[Any], decisions: Decisions | None = None
    ) -> list[datetime]:
        """Decides what is due, of all decisions or of these, and answers the nominal times that were decided
        here, in order. Nothing while a past is published; after it everything is looked at. What fails is
        told, and tried again after a pause; the others are decided."""
        name = self._system.name
        among = self._system.decisions if decisions is None else decisions
        if await is_held(connection, name):
            return []
        ended = await ended_holds(connection, name)
        if not ended and not await self._due(connection, among, everything=False):
            return []
        ends = await self._ends(self._topic)
        if not await self._has_passed(connection, ends):
            return []
        # What was folded meanwhile may bring earlier times: look again.
        due = await self._due(connection, among, everything=bool(ended))
        decided = [at for each, at in due if await self._decide(connection, len(ends), each, at)]
        if ended and not due and not await self._is_any_due(connection):
            # Only now that nothing is left: after a crash in the middle everything is looked at again.
            await self._calculate(connection, even_if_done=True)
            await forget_holds(connection, ended)
        return decided

    async def _decide(
        self, connection: AsyncConnection[Any], partitions: int, decision: ScheduledDecision, at: datetime
    ) -> bool:
        """Whether it was decided here."""
        if self._pauses.is_ready(decision):
            with self._pauses.apart(decision, connection):
                outcome = await decide(connection, self._place(decision, partitions), decision, at)
                self._pauses.succeeded(decision)
                return outcome is Outcome.DECIDED
        return False

    async def _is_any_due(self, connection: AsyncConnection[Any]) -> bool:
        """Of the decisions that wait: whether one is due, or failed so that nobody knows."""
        due = await self._due(connection, self._waiting, everything=True)
        return bool(due or self._pauses.failed)

    async def _due(
        self, connection: AsyncConnection[Any], decisions: Decisions, *, everything: bool
    ) -> list[tuple[ScheduledDecision, datetime]]:
        usual = timedelta(minutes=self._settings.close_after_minutes)
        due: list[tuple[ScheduledDecision, datetime]] = []
        for decision in self._pauses.ready(decisions):
            with self._pauses.apart(decision, connection):
                place = self._place(decision)
                delay = usual if decision.delay is None else decision.delay
                times = await due_times(connection, place, decision, delay, everything=everything)
                if not times:
                    self._pauses.succeeded(decision)
                due += [(decision, at) for at in times]
        return due

    def _place(self, decision: ScheduledDecision, partitions: int = 0) -> DecisionPlace:
        rows_max = decision.rows_max(self._settings) if decision.rows_max else None
        return DecisionPlace(self._generation, self._topic, partitions, rows_max)

    async def _ends(self, topic: str) -> dict[int, int]:
        """The end of each partition of the log, now."""
        return await log_ends(self._settings, topic)

    async def _partitions(self, connection: AsyncConnection[Any]) -> int:
        """How many partitions the topic has, asked without Kafka."""
        return await partitions_recorded(connection, self._topic)

    async def _has_passed(self, connection: AsyncConnection[Any], ends: dict[int, int]) -> bool:
        """Waits until everything before those ends is committed; answers whether it is."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PASSING_SECONDS_MAX
        while True:
            rows = await positions(connection, self._generation, self._topic, ends)
            if all(p in rows and rows[p].next_offset >= end for p, end in ends.items() if end > 0):
                return True
            if loop.time() > deadline:
                return False
            await asyncio.sleep(PASSING_LOOK_SECONDS)

    async def _is_active(self, connection: AsyncConnection[Any]) -> bool:
        cursor = await connection.execute(
            "SELECT FROM groundswell.generations WHERE system = %s AND generation = %s AND active",
            (self._system.name, self._generation.number),
        )
        return await cursor.fetchone() is not None

    async def _clocks_agree(self, connection: AsyncConnection[Any]) -> bool:
        cursor = await connection.execute("SELECT clock_timestamp()")
        row = await cursor.fetchone()
        assert row is not None, "a clock always answers"
        apart = abs(row[0] - self._clock())
        if apart > CLOCKS_APART_MAX and not self._told_apart:
            log.error(
                "clocks_apart",
                system=self._system.name,
                postgres=row[0].isoformat(),
                worker=self._clock().isoformat(),
                next="nothing is decided here: set the clocks right",
            )
        self._told_apart = apart > CLOCKS_APART_MAX
        return not self._told_apart
