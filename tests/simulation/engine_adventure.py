"""A random life of the engine over a random log: everything that may happen to workers, drawn from a seed.

Records arrive while others are folded; workers come, hand partitions over, die with what they have not
committed, or sleep through a take-over and try to go on. The relay may die between sending and marking.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.connection import connect
from streams.cache_writer import CacheWriter
from streams.engine import Engine
from streams.errors import Fenced
from tests.simulation.engine_run import Owner, SimulatedLog, mark_published, unpublished_copies
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.random_streams import Instruction

OWNERS_MAX: Final = 2
ZOMBIES_MAX: Final = 3
APPENDED_AT_ONCE_MAX: Final = 120
GAP_SHARE: Final = 0.02
GAPS: Final = (1, 2, 3, DUPLICATE_WINDOW_RECORDS)
"""How many offsets without a record, as control records leave them."""
TORN_SHARE: Final = 0.1
BATCHES: Final = (1, 3, 20, 100, 300)
"""How many records of a partition a fetch brings."""
CACHES: Final = (1, 10, 100, 10_000)
GATHERINGS: Final = (10, 100, 100_000)
"""Limits of gathered rows, some of which a few events fill."""
"""Limits of cached rows: also far too small ones."""


@dataclass
class Happened:
    """How often: a test that never killed anybody proves nothing."""

    flushes: int = 0
    take_overs: int = 0
    deaths: int = 0
    fenced: int = 0
    torn_flushes: int = 0
    chore_pages: int = 0
    copies: int = 0


class Adventure:
    """``run`` ends when every record is folded and committed and nothing is left to do."""

    def __init__(
        self,
        engine: Engine,
        url: str,
        random: Random,
        partitions: int,
        appended_at_once: int = APPENDED_AT_ONCE_MAX,
        *,
        cache: Callable[[], CacheWriter] | None = None,
        look: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """At most ``appended_at_once`` records come between two steps: the fewer, the more happens. With a
        ``cache`` each worker has one; somebody ``look``s between steps."""
        self.log = SimulatedLog(partitions)
        self.happened = Happened()
        self._engine = engine
        self._url = url
        self._random = random
        self._appended_at_once = appended_at_once
        self._cache = cache
        self._look = look
        self._dealings = 0
        self._owners: list[Owner] = []
        self._zombies: list[Owner] = []

    async def run(self, instructions: Sequence[Instruction]) -> None:
        """Appends the instructions in order, with whatever else comes in between."""
        waiting = list(reversed(instructions))
        half = len(waiting) // 2
        async with await connect(self._url) as connection:
            await self._new_owners()
            while waiting or not await self._is_done(connection):
                for _ in range(min(len(waiting), self._random.randint(0, self._appended_at_once))):
                    self._append(waiting.pop())
                if len(waiting) < half and self._dealings < 2:
                    # A short log may be over before anything happens by itself.
                    await self._new_owners()
                await self._relay(connection)
                for _ in range(self._random.randint(1, 6)):
                    await self._step()
                if self._look is not None:
                    await self._look()
        for owner in (*self._owners, *self._zombies):
            await owner.die()

    def _append(self, instruction: Instruction) -> None:
        is_behind_gap = self._random.random() < GAP_SHARE
        self.log.append(instruction, gap=self._random.choice(GAPS) if is_behind_gap else 0)
        if self._random.random() < GAP_SHARE:
            self.log.append_control(self._random.randrange(self.log.partitions))

    async def _step(self) -> None:
        draw = self._random.random()
        owner = self._random.choice(self._owners)
        if draw < 0.68:
            await self._fold(owner)
        elif draw < 0.80:
            await self._flush(owner)
        elif draw < 0.95:
            await self._visit_chore(owner)
        elif draw < 0.97:
            await self._new_owners()
        elif self._zombies:
            await self._wake(self._zombies.pop(self._random.randrange(len(self._zombies))))

    async def _fold(self, owner: Owner) -> None:
        if behind := owner.behind:
            fetched = self._random.sample(behind, self._random.randint(1, len(behind)))
            await owner.fold(*fetched, records_max=self._random.choice(BATCHES))

    async def _visit_chore(self, owner: Owner) -> None:
        # As in the engine: a page is read only when everything folded before is committed.
        if owner.with_chores:
            await self._flush(owner)
            await owner.visit_chore(self._random.choice(owner.with_chores))
            self.happened.chore_pages += 1

    async def _flush(self, owner: Owner) -> None:
        """While it is on its way more is folded; or it is torn off, and nobody here learns how it ended."""
        if not owner.has_unwritten:
            return
        self.happened.flushes += 1
        flush = asyncio.ensure_future(owner.flush())
        if self._random.random() < TORN_SHARE:
            await asyncio.sleep(self._random.uniform(0, 0.02))
            flush.cancel()
            await asyncio.gather(flush, return_exceptions=True)
            self.happened.torn_flushes += 1
            await self._new_owners()
            return
        if self._random.random() < 0.5:
            await asyncio.sleep(0)
            await self._fold(owner)
        await flush

    async def _new_owners(self) -> None:
        """The partitions are dealt to fresh processes; the former ones die, or sleep and do not know."""
        for former in self._owners:
            if former.has_unwritten and len(self._zombies) < ZOMBIES_MAX and self._random.random() < 0.5:
                self._zombies.append(former)
            else:
                await former.die()
                self.happened.deaths += 1
        self._dealings += 1
        partitions = self._random.sample(range(self.log.partitions), self.log.partitions)
        cut = self._random.randint(0, len(partitions))
        self._owners = []
        for dealt in (partitions[:cut], partitions[cut:]):
            if dealt:
                cached = self._random.choice(CACHES)
                cache = None if self._cache is None else self._cache()
                owner = await Owner.take_over(
                    self._engine,
                    self._url,
                    self.log,
                    dealt,
                    cached_rows_max=cached,
                    gathered_rows_max=self._random.choice(GATHERINGS),
                    cache=cache,
                )
                self._owners.append(owner)
                self.happened.take_overs += 1

    async def _wake(self, zombie: Owner) -> None:
        """A former owner goes on where it slept. Whatever it tries to write must be refused."""
        try:
            # Where its gathering becomes full, folding waits for a flush.
            await self._fold(zombie)
            await zombie.flush()
        except Fenced:
            self.happened.fenced += 1
        else:
            raise AssertionError(f"a former owner of {sorted(zombie.partitions)} wrote after a take-over")
        finally:
            await zombie.die()

    async def _relay(self, connection: AsyncConnection[Any]) -> None:
        """Some copies are sent; some of those are not marked, as if the relay died, and are sent again."""
        for key, copy in await unpublished_copies(connection, self.log):
            if self._random.random() < 0.7:
                self.log.append(copy)
                self.happened.copies += 1
                if self._random.random() < 0.7:
                    await mark_published(connection, key)

    async def _is_done(self, connection: AsyncConnection[Any]) -> bool:
        busy = any(owner.behind or owner.with_chores or owner.has_unwritten for owner in self._owners)
        return not busy and not await unpublished_copies(connection, self.log)
