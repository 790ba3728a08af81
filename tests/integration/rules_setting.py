"""What the tests of the rules start from: events in a simulated log, and a look at every table."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from psycopg import sql

from events.actions import ActionLogged, BucketWeightSet, RippleBoosted
from events.codec import encode
from events.envelope import Event
from events.settings import Settings
from projections.postgres.connection import connect
from streams.engine import Engine
from streams.system import StreamSystem, system_named
from tests.simulation.compare import differences, stored
from tests.simulation.engine_run import SimulatedLog, prepared
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle import expected
from tests.simulation.random_streams import Instruction

AT: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
APPENDED_MS: Final = int((AT + timedelta(minutes=1)).timestamp() * 1000)
NAMES: Final = UUID("6d5a3f3e-6c0f-4f59-9d8e-0c4b1f1f0a77")
MACHINERY: Final = ("groundswell", "actions_g1")


def id_of(name: object) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMES, str(name))


def boost(number: object, points: int = 1, wave: str = "w", **fields: Any) -> RippleBoosted:
    """An event that adds: counted twice, it would show."""
    fields = {"id": id_of(f"boost {number}"), "at": AT, **fields}
    return RippleBoosted.new(wave_id=wave, ripple_id="r", points=points, **fields)


def action(number: object, wave: str = "w", **fields: Any) -> ActionLogged:
    """An action of bucket planning."""
    fields = {"id": id_of(f"action {number}"), "at": AT, "actor": "ann", "bucket": "planning", **fields}
    return ActionLogged.new(wave_id=wave, ripple_id="r", action_id=str(number), **fields)


def weight(number: object, multiplier: str, **fields: Any) -> BucketWeightSet:
    """A reference event."""
    fields = {"id": id_of(f"weight {number}"), "at": AT, "effective_from": AT - timedelta(hours=2), **fields}
    return BucketWeightSet.new(bucket="planning", multiplier=Decimal(multiplier), **fields)


def record(event: Event, partitions: int = 1, **changes: Any) -> Instruction:
    """The event as the publisher appends it."""
    key = event.key
    partition = changes.pop("partition", partition_of_key(key, partitions))
    headers = changes.pop("headers", ())
    return Instruction(key.encode(), encode(event), partition, headers, APPENDED_MS, event.type_name())


def log_of(events: Iterable[Event], partitions: int = 1) -> SimulatedLog:
    """A log that holds these events, each where it belongs."""
    log = SimulatedLog(partitions)
    for event in events:
        log.append(record(event, partitions))
    return log


async def engine_on(url: str, system: StreamSystem | None = None) -> Engine:
    """An engine of the actions system, or of another, with its tables made."""
    return await prepared(system or system_named("actions"), Settings(postgres_address=url))


async def everything(url: str, schemas: Iterable[str] = MACHINERY) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables in these schemas."""
    async with await connect(url) as connection:
        cursor = await connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema = ANY(%s)",
            ([*schemas],),
        )
        rows = {}
        for name in await cursor.fetchall():
            query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(*name))
            rows[".".join(name)] = await (await connection.execute(query)).fetchall()
    return rows


async def oracle_differences(url: str, engine: Engine, log: SimulatedLog) -> list[str]:
    """What the tables hold that the log does not say, and the other way round."""
    records = log.for_oracle()
    async with await connect(url) as connection:
        found = await stored(connection, engine.generation, engine.topic)
    return differences(found, expected(records, log.partitions), records)


async def value(url: str, query: str) -> Any:
    """The only value that a query answers."""
    async with await connect(url) as connection:
        row = await (await connection.execute(query.encode())).fetchone()
    assert row is not None, f"no row: {query}"
    return row[0]
