"""Fixtures and steps of tests that ask a Reader beside Redis what another one asks Postgres alone."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from events.envelope import Event
from tests.integration.cache_setting import CachedOwner, CachePlace, cached_owner, folded
from tests.simulation.engine_run import SimulatedLog

ODD: Final = "50%:3A' \"\\{é,NULL"
"""An id with all that a key, a row or a statement could take for its own."""
NOW: Final = datetime.now(UTC)
APPENDED_MS: Final = int(NOW.timestamp() * 1000)


def place_of(system: str) -> Any:
    """A fixture: where a worker of the system writes, empty."""

    @pytest.fixture
    async def place(postgres: str, redis: str) -> CachePlace:
        return await CachePlace.prepare(postgres, redis, system)

    return place


def worker_after(happened: Callable[[], Iterable[Event]]) -> Any:
    """A fixture: a worker of `place` that has folded this, and Redis shows it."""

    @pytest.fixture
    async def worker(place: CachePlace) -> AsyncIterator[CachedOwner]:
        async with cached_owner(place, SimulatedLog(2)) as owner:
            await shown(place, owner, *happened())
            yield owner

    return worker


def readers_of(reader: Callable[..., AbstractAsyncContextManager[Any]]) -> Any:
    """A fixture: one reader with Redis, one without, of what `worker` has folded."""

    @pytest.fixture
    async def readers(place: CachePlace, worker: CachedOwner) -> AsyncIterator[tuple[Any, Any]]:
        async with reader(place.postgres, redis=place.redis) as cached, reader(place.postgres) as plain:
            yield cached, plain

    return readers


async def shown(place: CachePlace, worker: CachedOwner, *events: Event) -> None:
    """These events are folded now, and Redis shows what Postgres does."""
    await folded(worker, *events, appended_ms=APPENDED_MS)
    await place.until_equal()
