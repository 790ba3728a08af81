"""The relay: publishes what stands in the outbox and marks it, as often as it takes.

Appending a record twice is harmless: its id is the same, so it is a duplicate. An advisory lock lets one
worker of a system do the work at a time; two would only waste it.
"""

import asyncio
from datetime import datetime
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.connection import connect, until_postgres_answers
from streams.system import StreamSystem

log = structlog.get_logger(__name__)

RELAY_SECONDS: Final = 0.2
"""How often the outbox is looked at: an index scan of the rows not yet published."""
RELAY_ROWS_MAX: Final = 500
KAFKA_PAUSE_SECONDS: Final = 0.5
REQUEST_TIMEOUT_MS: Final = 10_000

Row = tuple[str, datetime, int, str, int, bytes, bytes, str]


class Relay:
    """Relays the outbox of one system."""

    def __init__(self, system: StreamSystem, settings: Settings) -> None:
        self._system = system
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._connection: AsyncConnection[Any] | None = None

    async def run(self) -> None:
        """Until cancelled. Waits while Postgres or Kafka is away."""
        try:
            while True:
                if await until_postgres_answers("relay", self._relay_once) == 0:
                    await asyncio.sleep(RELAY_SECONDS)
        finally:
            await self._close()

    async def drain(self) -> None:
        """Until nothing is left to publish, or another process is at it."""
        try:
            while await until_postgres_answers("relay", self._relay_once):
                pass
        finally:
            await self._close()

    async def _relay_once(self) -> int:
        try:
            if self._connection is None:
                self._connection = await connect(self._settings.postgres)
            async with self._connection.transaction():
                return await self._relay(self._connection)
        except (KafkaError, OSError) as error:
            log.warning("kafka_wait", doing="relay", error=repr(error))
            await self._close()
            await asyncio.sleep(KAFKA_PAUSE_SECONDS)
            return 0
        except BaseException:
            await self._close()
            raise

    async def _relay(self, connection: AsyncConnection[Any]) -> int:
        """One page of the outbox, inside a transaction that holds the lock; answers how many were
        published."""
        cursor = await connection.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('groundswell relay ' || %s, 0))",
            (self._system.name,),
        )
        if not (await cursor.fetchone() or (False,))[0]:
            return 0
        cursor = await connection.execute(
            "SELECT decision, nominal_time, part, topic, partition, record_key, record_value, header"
            " FROM groundswell.outbox WHERE system = %s AND published_at IS NULL"
            " ORDER BY nominal_time, part LIMIT %s",
            (self._system.name, RELAY_ROWS_MAX),
        )
        rows: list[Row] = await cursor.fetchall()
        if rows:
            await self._publish(rows)
            # The log does not hold that it was published: worth a sync.
            await connection.execute("SET LOCAL synchronous_commit = on")
            decisions, times, parts = zip(*[(row[0], row[1], row[2]) for row in rows], strict=True)
            await connection.execute(
                "UPDATE groundswell.outbox o SET published_at = now()"
                " FROM unnest(%s::text[], %s::timestamptz[], %s::int[]) AS p (decision, nominal_time, part)"
                " WHERE o.system = %s AND o.decision = p.decision AND o.nominal_time = p.nominal_time"
                " AND o.part = p.part",
                (list(decisions), list(times), list(parts), self._system.name),
            )
        return len(rows)

    async def _publish(self, rows: list[Row]) -> None:
        """Appends the records; returns when all replicas have them."""
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka,
                enable_idempotence=True,
                acks="all",
                compression_type="zstd",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            await self._producer.start()
        sent = []
        for _, _, _, topic, partition, key, value, header in rows:
            name, _, text = header.partition("=")
            headers = [(name, text.encode())] if name else []
            sent.append(
                await self._producer.send(topic, value, key=key, partition=partition, headers=headers)
            )
        await asyncio.gather(*sent)

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
        if producer is not None:
            await producer.stop()
