"""Rows that follow from others, on a real Postgres: totals, distinct counts, the newest, orders and ages.

Several writers, each with books of its own, flush at random moments; whatever stands in the end equals a
grouping of the books that stand in the end. A failure names its seed.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, COUNTS, SCORES, Magnitude
from projections.postgres.aging import age
from projections.postgres.comparables import comparables
from projections.postgres.connection import BY_INDEX, connect
from projections.postgres.flush import FlushWriter
from projections.postgres.generations import Generation, create_generation
from projections.postgres.migrations import migrate
from projections.tables import gathered
from streams.gathering import Gathering
from streams.settling import settle
from tests.integration.shelves import (
    BOOKS,
    MODEL,
    NOON,
    READ,
    SETTLES,
    SHELVES,
    Book,
    pens,
)

NAMES = ("a", "b", "c")
MAGNITUDES = (COUNTS, SCORES, COARSE_COUNTS, COARSE_SCORES)


class Librarian:
    """Keeps some books in memory as a worker keeps states, and flushes what became of them."""

    def __init__(self, connection: AsyncConnection[Any], generation: Generation) -> None:
        self.books: dict[str, Book | None] = defaultdict(lambda: None)
        self._connection = connection
        self._writer = FlushWriter(generation, MODEL, ())
        self._gathering = self._new_gathering()

    async def prepare(self) -> None:
        await self._writer.prepare(self._connection)

    def put(self, title: str, book: Book | None) -> None:
        """What the engine does with a fold's change."""
        self._gathering.change(BOOKS, (title,), self.books[title], book)
        self._gathering.states[BOOKS][(title,)] = self.books[title] = book

    def read(self, title: str, pages: int) -> None:
        """So many more pages were read of a book, or fewer."""
        book = self.books[title]
        if book is not None and book.shelf is not None:
            self._gathering.counters[READ][(title, book.shelf)][0] += pages

    async def flush(self) -> None:
        """Tries again after a deadlock, as the flusher does."""
        gathering, self._gathering = self._gathering, self._new_gathering()
        await settle(gathering, SETTLES)
        await self._writer.write(self._connection, gathering.flush())

    def _new_gathering(self) -> Gathering:
        return Gathering(gathered(MODEL.tables), settled={BOOKS: None})


@pytest.fixture
async def generation(postgres: str) -> Generation:
    async with await connect(postgres) as connection:
        await migrate(connection)
        async with connection.transaction():
            return await create_generation(connection, MODEL, 1, 1, active=True)


@asynccontextmanager
async def librarian(url: str, generation: Generation) -> AsyncIterator[Librarian]:
    async with await connect(url, synchronous_commit="off", **BY_INDEX) as connection:
        made = Librarian(connection, generation)
        await made.prepare()
        yield made


def random_book(random: Random, title: str) -> Book:
    came_at = NOON + timedelta(minutes=random.randrange(9))
    return Book(title, random.choice((None, *NAMES)), random.choice(NAMES), random.randrange(300), came_at)


async def work(random: Random, who: Librarian, titles: list[str], steps: int, pages: dict[Any, int]) -> None:
    for _ in range(steps):
        title = random.choice(titles)
        if random.random() < 0.3:
            book, number = who.books[title], random.randint(-3, 3)
            if book is not None and book.shelf is not None:
                who.read(title, number)
                pages["book", title] += number
                pages["shelf", book.shelf] += number
        else:
            who.put(title, random_book(random, title) if random.random() < 0.8 else None)
        if random.random() < 0.2:
            await who.flush()
    await who.flush()


def shelves_of(books: list[Book]) -> dict[str, tuple[Any, ...]]:
    shelves = {}
    for shelf in NAMES:
        there = [book for book in books if book.shelf == shelf]
        if there:
            pages = sum(book.pages for book in there)
            newest = max(book.came_at for book in there)
            authors, credited = {b.author for b in there}, {pen for b in there for pen in pens(b)}
            counted = (len(authors), len(credited))
            shelves[shelf] = (len(there), *counted, pages, COUNTS.of(pages), newest)
    return shelves


async def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    async with await connect(url) as connection:
        return await (await connection.execute(query.encode())).fetchall()


@pytest.mark.parametrize("seed", range(8))
async def test_what_follows_is_what_a_grouping_of_the_rows_says(
    postgres: str, generation: Generation, seed: int
) -> None:
    random, pages = Random(seed), defaultdict[Any, int](int)
    async with librarian(postgres, generation) as one, librarian(postgres, generation) as other:
        await asyncio.gather(
            work(Random(random.random()), one, ["t1", "t2", "t3"], 60, pages),
            work(Random(random.random()), other, ["u1", "u2", "u3"], 60, pages),
        )
        books = [book for who in (one, other) for book in who.books.values() if book is not None]
    schema = generation.schema
    found = await rows(
        postgres, f"SELECT shelf, books, authors, pens, pages, pages_order, newest_at FROM {schema}.shelves"
    )
    assert {shelf: tuple(rest) for shelf, *rest in found} == shelves_of(books), f"seed {seed}"
    standing = {(book.shelf, book.title, book.came_at) for book in books if book.shelf is not None}
    assert set(await rows(postgres, f"SELECT * FROM {schema}.standing")) == standing, f"seed {seed}"
    authors = await rows(postgres, f"SELECT shelf, author FROM {schema}.authors WHERE books > 0")
    assert set(authors) == {(b.shelf, b.author) for b in books if b.shelf is not None}, f"seed {seed}"
    credited = await rows(postgres, f"SELECT shelf, pen FROM {schema}.pens WHERE books > 0")
    assert set(credited) == {(b.shelf, pen) for b in books if b.shelf is not None for pen in pens(b)}
    read = await rows(postgres, f"SELECT kind, id, pages FROM {schema}.reading WHERE pages <> 0")
    assert {(k, i): n for k, i, n in read} == {key: n for key, n in pages.items() if n}, f"seed {seed}"


async def test_a_row_of_zeros_is_no_row_to_verify(postgres: str, generation: Generation) -> None:
    """It rose to zero: the taking back was committed first."""
    async with librarian(postgres, generation) as who:
        who.put("t", Book("t", "a", "b", 1, NOON))
        who.read("t", -2)
        await who.flush()
        who.read("t", 2)
        await who.flush()
    assert await rows(postgres, f"SELECT count(*) FROM {generation.schema}.reading") == [(2,)]
    compared = {each.shape.table: each for each in comparables(MODEL, None, {}, 100)}
    query = compared["reading"].query(generation).as_string()
    assert await rows(postgres, query) == []
    assert len(await rows(postgres, compared["shelves"].query(generation).as_string())) == 1


async def test_a_column_ages_with_the_minutes(postgres: str, generation: Generation) -> None:
    (now,) = (await rows(postgres, "SELECT clock_timestamp()"))[0]
    ages = {"a": timedelta(minutes=1), "b": timedelta(hours=2), "c": timedelta(days=2)}
    async with librarian(postgres, generation) as who:
        for shelf, old in ages.items():
            who.put(shelf, Book(shelf, shelf, "x", 1, now - old))
        await who.flush()
    fresh = f"SELECT shelf, freshness FROM {generation.schema}.shelves ORDER BY 1"
    assert await rows(postgres, fresh) == [("a", 10), ("b", 5), ("c", 1)]
    async with await connect(postgres) as connection:
        # As if half a day went by.
        await connection.execute(
            f"UPDATE {generation.schema}.shelves SET newest_at = newest_at - interval '23 hours'".encode()
        )
        assert await age(connection, generation, SHELVES) == 2
        assert await age(connection, generation, SHELVES) == 0
    assert await rows(postgres, fresh) == [("a", 5), ("b", 1), ("c", 1)]


async def test_magnitudes_are_the_same_in_postgres_and_order_as_the_numbers_do(
    postgres: str, generation: Generation
) -> None:
    random = Random(7)
    numbers = sorted(
        {
            0,
            1,
            127,
            128,
            129,
            2**53 + 1,
            2**63 - 1,
            *(random.randrange(1 << random.randint(1, 63)) for _ in range(999)),
        }
    )
    columns = [
        f"groundswell.magnitude(n::{kind}::double precision, {', '.join(map(str, arguments))})"
        for each in MAGNITUDES
        for arguments in (each.arguments, (each.least, each.most, each.pivot))
        for kind in ("bigint", "numeric")
    ]
    query = f"SELECT {', '.join(columns)} FROM unnest(%s::bigint[]) AS u (n) ORDER BY n"
    async with await connect(postgres) as connection:
        cursor = await connection.execute(query.encode(), (numbers,))
        found = await cursor.fetchall()
    assert found == [tuple(each.of(n) for each in MAGNITUDES for _ in range(4)) for n in numbers]


@pytest.mark.parametrize(
    ("kind", "exact_below"), list(zip(MAGNITUDES, (128, 16_384, 32, 4_096), strict=True)), ids=str
)
def test_magnitudes_never_fall_while_the_number_rises(kind: Magnitude, exact_below: int) -> None:
    numbers = [*range(40_000), *(1 << bits for bits in range(16, 63))]
    orders = [kind.of(number) for number in numbers]
    assert orders == sorted(orders)
    assert len(set(orders[: exact_below + 2])) == exact_below + 1
    assert kind.of(exact_below) == kind.exact_below
