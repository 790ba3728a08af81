"""Contestants: the questions of the actions system, over tables of a month that were filled by SQL.

Each is asked ASKED times by four at once, about something else each time, through the readers that programs
use: what is timed is from the question to its answer in Python. All four are tasks of this process, so that
they wait for each other's Python too; `details` has the same asked by one alone. The first questions of a
run, with which each connection learns the statement, are not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import repeat
from random import Random
from typing import Any, Final

from psycopg import sql

from projections.actions.cached_answers import CachedAnswers
from projections.actions.read_model import READ_MODEL
from projections.actions.reader import Reader
from projections.content.answers import Listed
from projections.pages import Page
from projections.postgres.connection import reached
from projections.postgres.generations import Generation
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from projections.redis.refill import Refill
from tests.benchmarks.contest import Contestant, Heat, Race, Races
from tests.benchmarks.measurement import Latency, Measurement, latency_of
from tests.benchmarks.reads_questions import QUESTIONS, Draw, Sources
from tests.benchmarks.reads_tables import Size, fill
from tests.benchmarks.servers import Servers
from tests.benchmarks.usage import UsageReader

ASKED: Final = 500
AT_ONCE: Final = 4
WARM_UP: Final = 10
"""Questions of each of the four that are not counted."""
SAMPLE: Final = 5_000
SEED: Final = 1


def reads(size: Size) -> Heat:
    """A heat with a contestant for each question."""
    contestants = tuple(Contestant(f"reads-{name}", title) for name, title, _ in QUESTIONS)
    return Heat(contestants, partial(_prepare, size))


@asynccontextmanager
async def _prepare(size: Size, servers: Servers, chosen: frozenset[str]) -> AsyncIterator[Races]:
    async with servers.database() as database, servers.cache() as redis_url:
        generation = await fill(database, size)
        async with contextlib.aclosing(connect_redis(redis_url, WRITE_TIMEOUT_SECONDS)) as redis:
            result = await Refill(READ_MODEL, generation, database, redis).run()
            assert result == "filled", result
        draw = await _draw(database, generation)
        async with (
            Reader(database, connections_max=AT_ONCE) as reader,
            CachedAnswers(database, redis_url) as cached,
            Reader(database, redis=redis_url, connections_max=AT_ONCE) as both,
        ):
            sources = Sources(reader, cached, both)
            yield {
                name: race(servers, partial(ask, sources, draw))
                for name, ask in ((f"reads-{name}", ask) for name, _, ask in QUESTIONS)
                if name in chosen
            }


async def _draw(database: str, generation: Generation) -> Draw:
    async with reached(database) as connection:
        samples = []
        for table, columns in (("ripples", "wave_id, ripple_id"), ("user_waves", "user_id, wave_id")):
            query = sql.SQL("SELECT {} FROM {} ORDER BY random() LIMIT {}").format(
                sql.SQL(columns), sql.Identifier(generation.schema, table), sql.Literal(SAMPLE)
            )
            await connection.execute("SET statement_timeout = 0")
            cursor = await connection.execute(query)
            samples.append(await cursor.fetchall())
    return Draw(Random(SEED), *samples)


def race(
    servers: Servers,
    ask: Callable[[], Awaitable[Any]],
    in_sql: Callable[[], Awaitable[Latency]] | None = None,
) -> Race:
    """A question, asked over and over by four at once; with ``in_sql`` also its statements alone."""

    async def run() -> Measurement:
        await _ask_all(ask, AT_ONCE * WARM_UP, AT_ONCE)
        usage = UsageReader(servers.processes(os.getpid()))
        began = time.perf_counter()
        milliseconds, empty = await _ask_all(ask, ASKED, AT_ONCE)
        seconds = time.perf_counter() - began
        used = usage.since_start()
        alone = latency_of((await _ask_all(ask, ASKED, 1))[0])
        details = {"alone_p50_ms": alone.p50, "alone_p99_ms": alone.p99}
        if in_sql is not None:
            plain = await in_sql()
            details |= {"sql_p50_ms": plain.p50, "sql_p99_ms": plain.p99}
        return Measurement(
            events=ASKED,
            seconds=seconds,
            usage=used,
            differences=(f"{empty} of {ASKED} answers were empty",) if empty else (),
            answered_ms=latency_of(milliseconds),
            details=details,
        )

    return run


async def _ask_all(ask: Callable[[], Awaitable[Any]], count: int, at_once: int) -> tuple[list[float], int]:
    """Milliseconds of each answer, and how many were empty."""
    turns = repeat(None, count)
    milliseconds: list[float] = []
    empty = 0

    async def take_turns() -> None:
        nonlocal empty
        for _ in turns:
            began = time.perf_counter()
            answer = await ask()
            milliseconds.append((time.perf_counter() - began) * 1000)
            empty += not (answer.rows if isinstance(answer, Page | Listed) else answer)

    await asyncio.gather(*(take_turns() for _ in range(at_once)))
    return milliseconds, empty
