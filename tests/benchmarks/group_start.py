"""Starts several workers of one consumer group fairly: nobody folds before each has its share of the
partitions.

The first one to join gets all partitions, and would fold them alone until the second has come. So a lock in
Postgres keeps them from taking over: the row that remembers a topic's partitions, which every take-over
writes, is inserted here and not committed, until the group has been still for a while. Then it is taken back,
and the clock runs from the first worker's `taken_over`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from events.topics import connected
from projections.postgres.connection import connect
from projections.postgres.migrations import migrate
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, moment
from tests.benchmarks.servers import PARTITIONS

STABLE: Final = "Stable"
STILL_SECONDS: Final = 1.0
"""How long the members must have been the same."""
LOOK_SECONDS: Final = 0.05
FIRST_GENERATION: Final = 1


@asynccontextmanager
async def held_back(database: str, topic: str) -> AsyncIterator[None]:
    """Nobody can take over partitions of the topic until the block ends. The database is empty."""
    async with await connect(database, idle_in_transaction_session_timeout="0") as connection:
        await migrate(connection)
        async with connection.transaction(force_rollback=True):
            await connection.execute(
                "INSERT INTO groundswell.topics (topic, partitions) VALUES (%s, %s)", (topic, PARTITIONS)
            )
            yield


async def until_shared(kafka: str, topic: str, workers: Sequence[ChildProcess]) -> None:
    """Until the group is stable, with as many members as there are workers, and stays so. Raises
    ChildFailed."""
    group = f"{topic}-g{FIRST_GENERATION}"
    deadline = time.monotonic() + START_SECONDS_MAX
    members: frozenset[str] = frozenset()
    since = time.monotonic()
    async with connected(kafka) as admin:
        while len(members) != len(workers) or time.monotonic() - since < STILL_SECONDS:
            for worker in workers:
                worker.require_running()
            if time.monotonic() > deadline:
                raise workers[0].failure(f"did not share {group} with others in {START_SECONDS_MAX:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
            found = await _stable_members(admin, group)
            if found != members:
                members, since = found, time.monotonic()


async def require_shares(workers: Sequence[ChildProcess]) -> float:
    """Waits until each worker has taken over as many partitions as any other; answers when the first one had,
    in seconds since 1970. Raises ChildFailed."""
    moments = []
    for worker in workers:
        line = await worker.told("taken_over", START_SECONDS_MAX)
        moments.append(moment(line))
        if len(line["partitions"]) != PARTITIONS // len(workers):
            raise worker.failure(f"took over partitions {line['partitions']}, which is not its share")
    return min(moments)


async def _stable_members(admin: AIOKafkaAdminClient, group: str) -> frozenset[str]:
    """Who is in the group, each with what was assigned to it; nobody while it changes or is not known yet."""
    try:
        (response,) = await admin.describe_consumer_groups([group])
    except KafkaError:
        return frozenset()
    (_, _, state, _, _, members, *_) = response.groups[0]
    if state != STABLE:
        return frozenset()
    return frozenset(f"{name} {assignment!r}" for name, _, _, _, assignment, *_ in members)
