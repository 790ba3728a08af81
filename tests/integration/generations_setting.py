"""What the tests of generations start from: a live one and another, of one simulated log or of a real one."""

import asyncio
import contextlib
import dataclasses
import random
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict

from deploy.local_stack import LocalStack
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
from tests.integration.worker_process import (
    PARTITIONS,
    Place,
    answer,
    is_running,
    own_place,
    supervised,
    until,
)
from tests.simulation.engine_run import Owner, SimulatedLog

BUCKETS: Final = ("planning", "conversation", "cleaning")
SETTLED_EVENTS: Final = 1_500
DEADLY: Final = "deadly"
"""An action with this note kills the process that folds it, where its fold is fragile."""
CLOSED: Final = """
SELECT max(nominal_time) >= date_trunc('hour', now() - interval '10 minutes')
FROM groundswell.outbox WHERE decision = 'hour_closed'
"""
ALL_READ: Final = """
SELECT (SELECT sum(applied + duplicates + dead) FROM groundswell.positions)
    = %s + (SELECT count(*) FROM groundswell.outbox)
    AND NOT EXISTS (SELECT FROM groundswell.chores)
"""


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


@contextmanager
def settled_place(stack: LocalStack, folder: Path) -> Iterator[Place]:
    """All that was published is folded, every past hour is closed, and no worker runs any more."""
    with own_place(stack, folder / "home") as place:
        published = publish(place, happenings(SETTLED_EVENTS, seed=41))
        with supervised(place, folder / "worker.log") as worker:
            until("the worker has made its tables", lambda: '"taken_over"' in worker.said, worker)
            until("every past hour is closed", lambda: bool(answer(place.postgres, CLOSED)), worker)
            until("all is folded", lambda: bool(answer(place.postgres, ALL_READ, published)), worker)
        yield place


@contextmanager
def copied(place: Place) -> Iterator[Place]:
    """The same topic, read only, and a copy of the database."""
    head, _, query = place.postgres.partition("?")
    server, _, original = head.rpartition("/")
    name = f"test_{secrets.token_hex(6)}"
    url = f"{server}/{name}{'?' * bool(query)}{query}"
    assert conninfo_to_dict(url)["dbname"] == name
    administrator = f"{server}/postgres{'?' * bool(query)}{query}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(original)))
        yield dataclasses.replace(place, postgres=url)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def replays(command: "subprocess.Popen[Any]", *words: str) -> list[psutil.Process]:
    """The processes that fold for a command, those with these words among their arguments."""
    found = []
    for child in psutil.Process(command.pid).children():
        with contextlib.suppress(psutil.Error):
            if is_running(child) and {"streams.replay", *words} <= {*child.cmdline()}:
                found.append(child)
    return found
