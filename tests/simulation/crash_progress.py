"""How far the workers of system 1 are, asked again and again while servers come and go."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Final, Self

import psycopg

from events.settings import Settings
from projections.postgres.connection import connect
from projections.postgres.generations import Generation, find_active
from projections.postgres.holds import Hold
from streams.system import StreamSystem
from tests.simulation.crash_closes import QuietTime
from tests.simulation.crash_mischief import Mischief
from tests.simulation.oracle_heat import hour_of
from tests.simulation.raw_log import end_offsets

SECONDS_MAX: Final = 240.0
LOOK_SECONDS: Final = 0.25
AWAY: Final = -1
"""The answer while Postgres does not answer."""
ACTIVE: Final = "(SELECT generation FROM groundswell.generations WHERE system = 'actions' AND active)"
FOLDED: Final = (
    "SELECT coalesce(sum(next_offset), 0) FROM groundswell.positions"
    f" WHERE system = 'actions' AND generation = {ACTIVE}"
)
LEFT: Final = (
    "SELECT (SELECT count(*) FROM groundswell.outbox WHERE system = 'actions' AND published_at IS NULL)"
    f" + (SELECT count(*) FROM groundswell.chores WHERE system = 'actions' AND generation = {ACTIVE})"
)
HOLDS: Final = "SELECT count(*) FROM groundswell.holds WHERE system = 'actions'"
CLOSES_AFTER: Final = timedelta(minutes=10)


class Progress:
    """Asks Postgres and Kafka how far the live generation is. Waits raise TimeoutError after a while."""

    def __init__(self, system: StreamSystem, settings: Settings, partitions: int) -> None:
        self.system = system
        self.settings = settings
        self.partitions = partitions
        self.topic = system.events.topic(settings.topic_prefix)

    async def asked(self, query: str) -> int:
        """The number that a query answers; AWAY while Postgres does not answer."""
        try:
            async with await connect(self.settings.postgres) as connection:
                row = await (await connection.execute(query.encode())).fetchone()
        except psycopg.OperationalError:
            return AWAY
        return int(row[0]) if row is not None else AWAY

    async def folded(self) -> int:
        """The sum of the positions."""
        return await self.asked(FOLDED)

    async def ends(self) -> dict[int, int]:
        """The end of each partition."""
        return await end_offsets(self.settings.kafka, self.topic, self.partitions)

    async def is_closed(self) -> bool:
        """Whether everything was decided that ended holds had kept back."""
        return await self.asked(HOLDS) == 0

    async def until_level(self) -> None:
        """Lag 0, nothing is left in the outbox or to be done in pages."""
        deadline = monotonic() + SECONDS_MAX
        while True:
            folded, left = await self.folded(), await self.asked(LEFT)
            ends = sum((await self.ends()).values())
            if folded == ends and left == 0:
                return
            if monotonic() > deadline:
                raise TimeoutError(f"folded {folded} of {ends}, {left} things to do are left")
            await asyncio.sleep(LOOK_SECONDS)

    async def until_closed(self) -> None:
        """Every hour that was kept back is decided, relayed and folded."""
        deadline = monotonic() + SECONDS_MAX
        while not await self.is_closed():
            if monotonic() > deadline:
                raise TimeoutError(f"hours are not closed: {await self.asked(HOLDS)} holds are left")
            await asyncio.sleep(LOOK_SECONDS)
        await self.until_level()

    async def active(self) -> Generation:
        """The live generation."""
        async with await connect(self.settings.postgres) as connection:
            found = await find_active(connection, self.system.name)
        assert found is not None, "a worker has made one"
        return found


class HeldBack:
    """Keeps hours from being closed, until they are let go in a quiet time: a Hold that is taken again."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._hold: Hold | None = None

    async def __aenter__(self) -> Self:
        await self._take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._release()

    async def let_go(
        self, mischief: Mischief, say: Callable[[str], None], *, again: bool = True
    ) -> QuietTime:
        """Lets all due hours be closed while nothing else is appended, workers being killed meanwhile. Those
        after them are held back `again`, or close as they come."""
        progress = self._progress
        await progress.until_level()
        begins, until = await progress.ends(), hour_of(datetime.now(UTC) - CLOSES_AFTER)
        say(f"closing hours over {sum(begins.values())} records")
        await self._release()
        await mischief.while_closing(progress.is_closed)
        await progress.until_closed()
        ends = await progress.ends()
        say(f"hours are closed by {sum(ends.values()) - sum(begins.values())} records")
        if again:
            await self._take()
        return QuietTime(begins, ends, until)

    async def _take(self) -> None:
        self._hold = Hold(self._progress.settings.postgres, [self._progress.system.name])
        await self._hold.__aenter__()

    async def _release(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            await hold.__aexit__(None, None, None)
