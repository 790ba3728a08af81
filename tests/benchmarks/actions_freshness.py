"""The actions system's traffic for `freshness`: every event is of a ripple that lies in Redis."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import AsyncConnection

from events.actions import SYSTEM
from projections.actions.cached import RIPPLE
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from projections.redis.names import Names, member
from tests.benchmarks.actions_race import total_differences
from tests.benchmarks.differences import differences
from tests.benchmarks.freshness import Input
from tests.simulation.traffic import Ripple, actions_traffic

SEED: Final = 1
WAVES: Final = 50
RIPPLES_PER_WAVE: Final = 20
USERS: Final = 20_000


def actions_input(count: int, seconds: float) -> Input:
    """So many events, which happen in so many seconds from now on."""
    totals: dict[Ripple, int] = {}
    records = list(
        actions_traffic(SEED, count, WAVES, RIPPLES_PER_WAVE, USERS, datetime.now(UTC), seconds, totals)
    )

    async def check(connection: AsyncConnection[Any], cache: str) -> tuple[str, ...]:
        return await total_differences(connection, totals) + await cache_differences(cache, totals)

    return Input((), records, check)


async def cache_differences(cache: str, totals: Mapping[Ripple, int]) -> tuple[str, ...]:
    """Whether the rows of ripples in Redis have the traffic's totals."""
    redis: Any = connect_redis(cache, WRITE_TIMEOUT_SECONDS)
    async with contextlib.aclosing(redis):
        rows = Names(SYSTEM.name, int(await redis.get(Names(SYSTEM.name, 0).active))).rows(RIPPLE.name)
        pipeline = redis.pipeline(transaction=False)
        for ripple in totals:
            pipeline.hget(rows + member(ripple), "actions_total")
        found = await pipeline.execute()
    return differences(
        "ripple in Redis",
        dict(totals),
        {ripple: int(actions or 0) for ripple, actions in zip(totals, found, strict=True)},
    )
