"""A leader over a simulated log, and what it decided as the outbox and the log hold it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.connection import BY_INDEX, connect
from streams.engine import Engine
from streams.leading import Leader, WindowListener
from streams.system import system_named
from tests.integration.postgres_clock import PostgresClock
from tests.integration.rules_setting import engine_on
from tests.simulation.engine_run import Owner, SimulatedLog
from tests.simulation.oracle_closed_ripple import ClosedRipple
from tests.simulation.oracle_closing import Close
from tests.simulation.random_streams import Instruction

UNPUBLISHED: Final = (
    "SELECT decision, nominal_time, part, partition, record_key, record_value, header FROM groundswell.outbox"
    " WHERE published_at IS NULL ORDER BY nominal_time, part"
)
DECIDED: Final = (
    "SELECT nominal_time, part, record_value FROM groundswell.outbox WHERE decision = 'hour_closed'"
    " ORDER BY nominal_time, part"
)
MARK: Final = (
    "UPDATE groundswell.outbox SET published_at = now()"
    " WHERE decision = %s AND nominal_time = %s AND part = %s"
)
RECONCILED: Final = (
    "INSERT INTO groundswell.outbox VALUES (%s, 'reconciled', %s, 0, 't', 0, '', '', '', now())"
)
WAIT_SECONDS_MAX: Final = 15.0
LOOK_SECONDS: Final = 0.01
HOUR: Final = timedelta(hours=1)
CLOSES_AFTER: Final = timedelta(minutes=10)


class LeaderOfLog(Leader):
    """Leads without Kafka: the ends of the log are those of a simulated one."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        log: SimulatedLog,
        clock: PostgresClock,
        listener: WindowListener | None = None,
    ) -> None:
        super().__init__(
            engine.system, settings, engine.generation, clock=clock.system_clock, listener=listener
        )
        self._log = log

    async def _ends(self, topic: str) -> dict[int, int]:
        return dict(self._log.ends)

    async def _partitions(self, connection: AsyncConnection[Any]) -> int:
        return self._log.partitions


class Deciding:
    """One engine over one simulated log, with a clock that stands until it is set."""

    def __init__(
        self,
        url: str,
        engine: Engine,
        log: SimulatedLog,
        clock: PostgresClock,
        connection: AsyncConnection[Any],
        owner: Owner,
    ) -> None:
        self.url = url
        self.engine = engine
        self.log = log
        self.clock = clock
        self.connection = connection
        self.owner = owner
        self.leader = self.another_leader()

    @classmethod
    async def start(cls, url: str, at: datetime, partitions: int = 1, system: str = "actions") -> Self:
        """Tables are made, the partitions taken over, and it is that time."""
        clock = PostgresClock.install(url, at)
        engine = await engine_on(url, system_named(system))
        log = SimulatedLog(partitions)
        owner = await Owner.take_over(engine, url, log, range(partitions))
        return cls(url, engine, log, clock, await connect(url, **BY_INDEX), owner)

    async def end(self) -> None:
        """The owner and its connections go."""
        await self.owner.die()
        await self.connection.close()

    async def has_reconciled(self, night: datetime) -> None:
        """It has decided so for that night: nothing is reconciled before the next one."""
        await self.connection.execute(RECONCILED, (self.engine.system.name, night))

    def another_leader(self, listener: WindowListener | None = None, **settings: Any) -> LeaderOfLog:
        """It decides with these settings."""
        own = Settings(postgres_address=self.url, **settings)
        return LeaderOfLog(self.engine, own, self.log, self.clock, listener)

    def append(self, *instructions: Instruction) -> None:
        """The log holds these, read by nobody yet."""
        for instruction in instructions:
            self.log.append(instruction)

    async def tell(self, *instructions: Instruction) -> None:
        """These happen: they are appended, folded and committed."""
        self.append(*instructions)
        await self.owner.catch_up()

    async def decide_all(self) -> list[datetime]:
        """Whatever is due now, in as many rounds as it takes."""
        decided: list[datetime] = []
        while newly := await self.leader.decide_due(self.connection):
            decided += newly
        return decided

    async def relay(self, *, marks: bool = True) -> int:
        """The outbox is appended to the log; without `marks` the relay dies before it says so."""
        rows = await (await self.connection.execute(UNPUBLISHED)).fetchall()
        now_ms = int(self.clock.at.timestamp() * 1_000)
        for decision, nominal_time, part, partition, key, value, header in rows:
            name, _, text = header.partition("=")
            headers = ((name, text.encode()),) if name else ()
            self.append(Instruction(key, value, partition, headers, now_ms, decision))
            if marks:
                await self.connection.execute(MARK, (decision, nominal_time, part))
        return len(rows)

    async def decided(self) -> list[Close]:
        """The closes that stand in the outbox, by hour."""
        rows = await (await self.connection.execute(DECIDED)).fetchall()
        return closes_of_events([(time, bytes(value)) for time, _, value in rows])

    async def value(self, query: str, *parameters: Any) -> Any:
        """The only value that a query answers."""
        row = await (await self.connection.execute(query.encode(), parameters)).fetchone()
        assert row is not None, f"no row: {query}"
        return row[0]


async def until(what: str, holds: Callable[[], Awaitable[Any]]) -> None:
    """Waits until something holds; fails after a while."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS_MAX
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline, f"not in {WAIT_SECONDS_MAX:.0f} s: {what}"
        await asyncio.sleep(LOOK_SECONDS)


def closes_of_events(events: Sequence[tuple[datetime, bytes]]) -> list[Close]:
    """The closes whose parts are given in order, each with its nominal time."""
    entries: dict[datetime, list[ClosedRipple]] = {}
    for nominal_time, value in events:
        part = json.loads(value, parse_float=Decimal)
        assert part["hour"] == _written(nominal_time - HOUR), (
            f"the hour before {nominal_time}: {part['hour']}"
        )
        entries.setdefault(nominal_time, []).extend(
            ClosedRipple(**{**entry, "score": Decimal(entry["score"])}) for entry in part["entries"]
        )
    return [Close(time - HOUR, tuple(found)) for time, found in entries.items()]


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
