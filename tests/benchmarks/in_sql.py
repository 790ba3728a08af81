"""The statements behind questions, asked by themselves: what Postgres takes with as many asking at once.

Questions asked by tasks of one process wait for each other's Python, as they do in a program; a statement
asked by a thread waits for Postgres.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import ClientCursor, sql

from projections.questions import SESSION, Answer, PlannedAnew, Questions
from tests.benchmarks.measurement import Latency, latency_of

ASKED: Final = 500
AT_ONCE: Final = 4

Statement: TypeAlias = tuple[sql.Composed, dict[str, Any]]


class Recording(Questions):
    """Mixed into a reader: what it asks is remembered."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.asked: list[Statement] = []

    async def _answered(
        self, row: type[Answer], what: str, statement: sql.Composed, parameters: dict[str, Any]
    ) -> list[Answer]:
        self.asked.append((statement, parameters))
        return await super()._answered(row, what, statement, parameters)


async def in_sql(url: str, reader: Recording, ask: Callable[[], Awaitable[Any]]) -> Latency:
    """How long the statements of ASKED questions take, from the question to its rows, asked by AT_ONCE
    threads with a connection each, after one round that is not counted."""
    reader.asked = []
    for _ in range(ASKED):
        await ask()
    shares = [list(islice(reader.asked, first, None, AT_ONCE)) for first in range(AT_ONCE)]
    options = f"{SESSION} {reader.session}"

    def take_turns(share: Sequence[Statement]) -> list[float]:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0, options=options) as connection:
            _milliseconds(connection, share)
            return _milliseconds(connection, share)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(take_turns, shares))
    return latency_of([milliseconds for share in found for milliseconds in share])


def _milliseconds(connection: psycopg.Connection[Any], share: Sequence[Statement]) -> list[float]:
    taken = []
    for statement, parameters in share:
        kind = ClientCursor if isinstance(statement, PlannedAnew) else psycopg.Cursor
        began = time.perf_counter()
        with kind(connection) as cursor:
            cursor.execute(statement, parameters).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    return taken
