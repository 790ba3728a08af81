"""Readers that poll while generations change under them: nothing that they see may ever become less.

That holds where the log only adds meanwhile: no retraction, nothing left, nothing deleted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import AsyncConnection

from projections.actions.reader import Reader

PAUSE_SECONDS: Final = 0.05
"""Between two rounds of one reader."""
QUICK_PAUSE_SECONDS: Final = 0.005
FAILURES_KEPT: Final = 20
GROWING: Final[Mapping[str, str]] = {
    "waves": "SELECT count(*), sum(ripples), sum(actions) FROM actions.waves",
    "ripple_counters": "SELECT count(*), sum(actions_total), sum(participants), sum(version)"
    " FROM actions.ripple_counters",
    "action_log": "SELECT count(*) FROM actions.action_log",
    "user_waves": "SELECT count(*), sum(actions) FROM actions.user_waves",
    "user_impact_summaries": "SELECT count(*), sum(actions) FROM actions.user_impact_summaries",
    "bucket_weights": "SELECT count(*) FROM actions.bucket_weights",
    "activity": "SELECT count(*), sum(actions) FROM actions.activity",
    "impact_calculations": "SELECT count(*) FROM actions.impact_calculations",
    "impact_indexes": "SELECT count(*) FROM actions.impact_indexes",
    "trending_scores": "SELECT count(*), count(DISTINCT hour), count(*) FILTER (WHERE in_top_10)"
    " FROM actions.trending_scores",
    "closed_hours": "SELECT count(*) FROM actions.closed_hours",
    "ripple_trends": "SELECT count(*), count(heat) FROM actions.ripple_trends",
    # Not `windows_minute`: a generation that was promoted at the turn of a minute may be a moment late, and
    # the views compute meanwhile what is not stored yet.
    "clock": "SELECT minute, hour FROM actions.clock",
}
"""Statements whose numbers never fall."""

Numbers = tuple[int, ...]


@dataclass
class Polling:
    """Reads every view by plain SQL, and asks a Reader, each again and again, until the block ends."""

    postgres: str
    wave_id: str
    """A wave whose rows are asked for."""
    reads: int = 0
    failures: list[str] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.ensure_future(self._poll_views()),
            asyncio.ensure_future(self._poll_views(prepared=True)),
            asyncio.ensure_future(self._poll_reader()),
            asyncio.ensure_future(self._poll_wave()),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        await asyncio.gather(*self._tasks)

    async def _poll_views(self, *, prepared: bool = False) -> None:
        known: dict[str, Numbers] = {}
        async with await AsyncConnection.connect(
            self.postgres, autocommit=True, prepare_threshold=0 if prepared else None
        ) as connection:
            while not self._ending.is_set():
                for view, query in GROWING.items():
                    try:
                        cursor = await connection.execute(query.encode())
                        row = await cursor.fetchone()
                    except psycopg.Error as error:
                        self._fail(f"view {view}: {type(error).__name__}: {str(error).strip()}")
                        continue
                    self._compare(view, known, row)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _poll_wave(self) -> None:
        """One row so often that hardly anything is added between two looks: it shows also a generation that
        was promoted a moment too early."""
        known: dict[str, Numbers] = {}
        query = "SELECT ripples, actions, impact * 1000 FROM actions.waves WHERE wave_id = %s"
        async with await AsyncConnection.connect(self.postgres, autocommit=True) as connection:
            while not self._ending.is_set():
                try:
                    cursor = await connection.execute(query, (self.wave_id,))
                    self._compare(f"wave {self.wave_id}", known, await cursor.fetchone())
                except psycopg.Error as error:
                    self._fail(f"wave {self.wave_id}: {type(error).__name__}: {str(error).strip()}")
                await asyncio.sleep(QUICK_PAUSE_SECONDS)

    async def _poll_reader(self) -> None:
        known: dict[str, Numbers] = {}
        async with Reader(self.postgres) as reader:
            while not self._ending.is_set():
                for name, ask in self._questions(reader).items():
                    try:
                        answer = await ask()
                    except Exception as error:  # noqa: BLE001 - whatever a reader raises is what is looked for
                        self._fail(f"question {name}: {type(error).__name__}: {error}")
                        continue
                    self._compare(f"question {name}", known, answer)
                await asyncio.sleep(PAUSE_SECONDS)

    def _questions(self, reader: Reader) -> dict[str, Callable[[], Awaitable[Numbers]]]:
        async def waves() -> Numbers:
            return (len((await reader.waves(limit=1_000)).rows),)

        async def wave() -> Numbers:
            row = await reader.wave(self.wave_id)
            return () if row is None else (1, row.ripples, row.actions)

        async def live() -> Numbers:
            return (min(1, len(await reader.live(limit=100))),)

        async def closed() -> Numbers:
            rows = await reader.closed(limit=100)
            assert [row.rank for row in rows] == [*range(1, len(rows) + 1)], (
                "ranks of a close are not in order"
            )
            return (min(1, len(rows)),)

        return {"waves": waves, "wave": wave, "live": live, "closed": closed}

    def _compare(self, name: str, known: dict[str, Numbers], found: Any) -> None:
        self.reads += 1
        numbers: Numbers = tuple(int(number or 0) for number in found or ())
        before = known.get(name, numbers)
        if len(numbers) < len(before) or any(now < then for now, then in zip(numbers, before, strict=False)):
            self._fail(f"{name}: was {before}, is {numbers}")
        known[name] = numbers

    def _fail(self, line: str) -> None:
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(line)
