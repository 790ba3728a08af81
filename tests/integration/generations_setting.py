"""What the tests of generations start from: a live one and another, each folded from one simulated log."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from psycopg import AsyncConnection

from events import Publisher
from events.actions import (
    ActionLogged,
    ActionRetracted,
    BucketWeightSet,
    RippleBoosted,
    RippleDeleted,
    RippleJoined,
    RippleLeft,
    WaveCreated,
)
from events.envelope import Event
from events.settings import Settings
from projections.postgres.connection import connect
from projections.postgres.generations import Generation, create_generation, next_number
from streams.engine import Engine
from tests.integration.worker_process import PARTITIONS, Place
from tests.simulation.engine_run import Owner, SimulatedLog

BUCKETS: Final = ("planning", "conversation", "cleaning")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection with the engine's session settings."""
    connection = await connect(url)
    async with connection:
        yield connection


async def another(url: str, live: Engine, **given: Any) -> Engine:
    """An engine that replays a new, empty generation of the live engine's system."""
    model = live.system.model
    async with connected(url) as connection, connection.transaction():
        number = await next_number(connection, model.system)
        made = await create_generation(
            connection, model, live.system.fold.version, number, active=False, **given
        )
    return replaying(url, live, made)


def replaying(url: str, live: Engine, generation: Generation) -> Engine:
    """An engine that replays this generation."""
    return Engine(live.system, Settings(postgres_address=url), live.fail, replays=generation)


async def folded(url: str, engine: Engine, log: SimulatedLog) -> Owner:
    """Everything in the log is folded into the engine's generation; whoever did it still could go on."""
    owner = await Owner.take_over(engine, url, log, range(log.partitions))
    await owner.catch_up()
    return owner


def happenings(count: int, seed: int) -> list[Event]:
    """Events of all kinds over a few waves, within the last two days, the same for the same seed."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    now = datetime.now(UTC)
    return [_happening(chance, seed, number, now) for number in range(count)]


def _happening(chance: random.Random, seed: int, number: int, now: datetime) -> Event:
    where: Mapping[str, Any] = {
        "wave_id": f"wave {chance.randrange(7)}",
        "ripple_id": f"ripple {chance.randrange(4)}",
        "actor": f"user {chance.randrange(40)}",
        "at": now - timedelta(seconds=chance.randrange(2 * 86_400)),
    }
    kind = chance.random()
    if kind < 0.02:
        return WaveCreated.new(
            wave_id=where["wave_id"], title=f"title {number}", actor="admin", at=where["at"]
        )
    if kind < 0.08:
        return ActionRetracted.new(**where, action_id=f"{seed} {chance.randrange(number + 1)}")
    if kind < 0.2:
        return RippleJoined.new(**where)
    if kind < 0.25:
        return RippleLeft.new(**where)
    if kind < 0.35:
        return RippleBoosted.new(**where, points=chance.randint(1, 9))
    if kind < 0.352:
        return RippleDeleted.new(**where)
    if kind < 0.36:
        hour = where["at"].replace(minute=0, second=0, microsecond=0) - timedelta(hours=chance.randrange(20))
        multiplier = Decimal(chance.randint(1, 40)) / 10
        return BucketWeightSet.new(
            bucket=chance.choice(BUCKETS),
            multiplier=multiplier,
            effective_from=hour,
            at=where["at"],
            actor="a",
        )
    return ActionLogged.new(
        **where, action_id=f"{seed} {number}", bucket=chance.choice(BUCKETS),
        quantity=chance.choice((None, Decimal("1.5"))), unit="kg", note=chance.choice((None, "a\\tb \\N")),
    )  # fmt: skip


def publish(place: Place, events: Iterable[Event]) -> int:
    """Appends them; acknowledged when this returns. Answers how many."""

    async def send() -> int:
        async with Publisher(
            place.kafka, topic_prefix=place.topic_prefix, partitions=PARTITIONS
        ) as publisher:
            return len([position async for position in publisher.publish_many(list(events))])

    return asyncio.run(send())
