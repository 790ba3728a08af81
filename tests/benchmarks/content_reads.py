"""Contestants: the lists of the content system over many videos, each in all its orders in turn.

One asks for the first page, one for a page 100,000 rows deep, or in the middle of what is shorter. Before
each run what trends is aged, as a worker does it every minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle
from typing import Any, Final

from psycopg import sql

from projections.content import listing
from projections.content.listing import Listing
from projections.content.reader import Reader
from projections.content.sorting import Order
from projections.content.tables import HASHTAG_TOTALS, SOUND_TOTALS
from projections.content.wanted import Wanted
from projections.pages import cursor_at
from projections.postgres.aging import age
from projections.postgres.connection import reached
from projections.postgres.generations import Generation
from tests.benchmarks.content_tables import LARGEST, ContentSize, fill
from tests.benchmarks.contest import Absent, Contestant, Heat, Race, Races
from tests.benchmarks.in_sql import Recording, in_sql
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.reads_race import AT_ONCE, race
from tests.benchmarks.servers import Servers

DEEP_ROWS: Final = 100_000
LISTS: Final = (
    listing.VIDEOS,
    listing.CREATORS,
    listing.SOUNDS,
    listing.HASHTAGS,
    listing.COMMUNITIES,
    *listing.VIDEOS_OF.values(),
    *listing.CREATORS_OF.values(),
    listing.HASHTAGS_OF,
)


class RecordingReader(Recording, Reader):
    """Remembers what it asks."""


def content_reads(size: ContentSize) -> Heat:
    """A heat with two contestants for each list."""
    contestants = [
        Contestant(_name(of, start), f"{of.name}, {start}")
        for of in LISTS
        for start in ("first page", "deep page")
    ]
    return Heat(tuple(contestants), partial(_prepare, size))


def _name(of: Listing, start: str) -> str:
    return f"lists-{of.name}-{start}".replace(" ", "-")


@asynccontextmanager
async def _prepare(size: ContentSize, servers: Servers, chosen: frozenset[str]) -> AsyncIterator[Races]:
    async with servers.database() as database:
        generation = await fill(database, size)
        async with RecordingReader(database, connections_max=AT_ONCE) as reader:
            races: dict[str, Race | Absent] = {}
            for of in LISTS:
                deep = [await _behind(database, of, sort, order) for sort, order in of.sorts.items()]
                pages = {"first page": [Wanted(sort=sort) for sort in of.sorts], "deep page": deep}
                for start, wanted in pages.items():
                    if _name(of, start) in chosen:
                        ask = _asked(reader, of, wanted)
                        run = race(servers, ask, partial(in_sql, database, reader, ask))
                        races[_name(of, start)] = partial(_run_aged, database, generation, run)
            yield races


async def _run_aged(database: str, generation: Generation, run: Race) -> Measurement:
    async with reached(database) as connection:
        for table in (SOUND_TOTALS, HASHTAG_TOTALS):
            await age(connection, generation, table)
    return await run()


def _asked(reader: Reader, of: Listing, pages: list[Wanted]) -> Callable[[], Awaitable[Any]]:
    turns = cycle(pages)
    owner = None if of.owner is None else LARGEST[of.owner]
    return lambda: reader._listed(of, next(turns), owner)


async def _behind(database: str, of: Listing, sort: str, order: Order) -> Wanted:
    """Behind a row deep in the list, which is read for it as a whole."""
    view, column = sql.Identifier("content", of.order), sql.Identifier(order.column)
    owned = sql.SQL("true" if of.owner is None else "owner = %(owner)s")
    order_by = sql.SQL("id" if order.column == "id" else "{} DESC NULLS LAST, id").format(column)
    query = sql.SQL(
        "SELECT {0}, id FROM {1} WHERE {2} ORDER BY {3} LIMIT 1"
        " OFFSET (SELECT least(%(deep)s, count(*) / 2) FROM {1} WHERE {2})"
    ).format(column, view, owned, order_by)
    parameters = {"owner": None if of.owner is None else LARGEST[of.owner], "deep": DEEP_ROWS}
    async with reached(database) as connection:
        await connection.execute("SET statement_timeout = 0")
        row = await (await connection.execute(query, parameters)).fetchone()
    assert row is not None
    value, identity = row
    return Wanted(sort=sort, cursor=cursor_at(f"{of.name} {sort}", order.value_of(value), identity))
