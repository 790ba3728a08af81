"""The servers that all contestants share: a local stack of the benchmark's own, or those that the
environment names.

Each contestant gets topics of its own and each run an empty database; both are removed after it.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.cli import console
from deploy.local_stack import LocalStack
from deploy.local_stack.guard import start_guard
from events.catalogue import System
from events.errors import WrongUsage
from events.settings import variable
from events.topics import connected, ensure_topics
from projections.postgres.connection import reached
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from tests.benchmarks.usage import Processes

PARTITIONS = 4
CACHE_DATABASE = 1
"""The number of the database in Redis that contestants use, one after the other."""
SESSION_SECONDS = "10"


@dataclass(frozen=True, slots=True)
class Topic:
    """A contestant's topic. Everything that the contestant has in Kafka begins with ``prefix``."""

    prefix: str
    name: str


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are: Kafka as ``host:port``, the others as URLs; pids of those started here."""

    kafka: str
    postgres: str
    redis: str
    kafka_pid: int | None
    postgres_pid: int | None

    def processes(self, *workers: int) -> Processes:
        """Whose time a run with these workers takes."""
        return Processes(workers, self.kafka_pid, self.postgres_pid)

    @asynccontextmanager
    async def topic(self, system: System) -> AsyncIterator[Topic]:
        """A new topic for the system; it is removed afterwards, with all others of its prefix."""
        prefix = f"bench-{secrets.token_hex(4)}"
        name = system.topic(prefix)
        await ensure_topics(self.kafka, [system], PARTITIONS, topic_prefix=prefix)
        try:
            yield Topic(prefix, name)
        finally:
            await self.remove_topics(prefix)

    async def remove_topics(self, prefix: str) -> None:
        """Removes all topics whose names begin so."""
        async with connected(self.kafka) as admin:
            names = [name for name in await admin.list_topics() if name.startswith(prefix)]
            await admin.delete_topics(names)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The URL of an empty database. Dropping it ends what Postgres still has to write for it."""
        name = f"bench_{secrets.token_hex(4)}"
        async with reached(self.postgres) as connection:
            await connection.execute("SET statement_timeout = 0")
            await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield with_database(self.postgres, name)
            finally:
                await connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )

    @asynccontextmanager
    async def cache(self) -> AsyncIterator[str]:
        """The URL of an empty database in Redis. It is emptied again: what one contestant left there must not
        be taken for another's."""
        url = f"{self.redis.rstrip('/')}/{CACHE_DATABASE}"
        client = connect_redis(url, WRITE_TIMEOUT_SECONDS)
        try:
            await client.flushdb()
            yield url
        finally:
            await client.flushdb()
            await client.aclose()

    def environment(self, topic: Topic, database: str, cache: str) -> dict[str, str]:
        """What a worker must find in its environment."""
        return {
            variable("kafka"): self.kafka,
            variable("postgres"): database,
            variable("redis"): cache,
            variable("topic_prefix"): topic.prefix,
            variable("session_seconds"): SESSION_SECONDS,
        }


def with_database(url: str, name: str) -> str:
    """The same server's URL with another database."""
    if not conninfo_to_dict(url).get("dbname"):
        raise WrongUsage(f"{variable('postgres')} must name a database: postgresql://.../name")
    head, separator, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{separator}{query}"


@contextmanager
def _local_stack() -> Iterator[Servers]:
    """The stack in a temporary home: the guard stops and wipes it, also when this process is killed."""
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        home = Path(folder) / "home"
        guard = start_guard(home)
        try:
            stack = LocalStack(home, prefer_usual_ports=False)
            addresses = stack.up(console.note)
            pids = {server.name: server.pid for server in stack.status()}
            yield Servers(
                addresses.kafka, addresses.postgres, addresses.redis, pids["kafka"], pids["postgres"]
            )
        finally:
            guard.communicate()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """All servers, answering."""
    stack = _local_stack()
    started = await asyncio.to_thread(stack.__enter__)
    try:
        yield started
    finally:
        await asyncio.to_thread(stack.__exit__, None, None, None)
