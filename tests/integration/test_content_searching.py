"""A search finds what people see, however it is written, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

import psycopg
import pytest
from psycopg import sql

from deploy.local_stack import LocalStack
from projections.content.reader import Reader
from projections.content.searching import searched
from projections.content.wanted import Wanted
from tests.benchmarks.content_tables import ContentSize, fill
from tests.integration.worker_process import own_place

MATHEMATICAL: Final = "".join(chr(ord(one) + 0x1D400 - ord("A")) for one in "ADA") + "lovelace"
"""In letters that have no lower case of their own."""
RENAMED: Final = sql.SQL("""
UPDATE {}.creators
SET username = %(username)s, bio = %(bio)s, search = %(search)s, username_search = %(username_search)s
WHERE creator_id = 'creator-0'
""")


@pytest.fixture(scope="module")
def database(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A few videos; the first creator is MATHEMATICAL, from Zürich."""
    with own_place(stack, tmp_path_factory.mktemp("searched")) as place:
        generation = asyncio.run(fill(place.postgres, ContentSize(videos=200)))
        bio = "Z\u00fcrich"
        row = {
            "username": MATHEMATICAL,
            "bio": bio,
            "search": searched(MATHEMATICAL, bio),
            "username_search": searched(MATHEMATICAL),
        }
        with psycopg.connect(place.postgres) as connection:
            connection.execute(RENAMED.format(sql.Identifier(generation.schema)), row)
        yield place.postgres


@pytest.fixture
async def reader(database: str) -> AsyncIterator[Reader]:
    async with Reader(database) as opened:
        yield opened


async def creators(reader: Reader, search: str) -> set[str]:
    return {row.creator_id for row in (await reader.creators(Wanted(search=search))).rows}


@pytest.mark.parametrize("search", ["adalovelace", "ADALOVE", MATHEMATICAL, "da"])
async def test_creators_and_their_videos_are_found_by_the_same_words(reader: Reader, search: str) -> None:
    """Few letters are read for, more are looked up."""
    videos = (await reader.videos(Wanted(search=search))).rows
    assert "creator-0" in await creators(reader, search)
    assert "creator-0" in {row.creator.creator_id for row in videos if row.creator is not None}


async def test_videos_are_not_found_by_what_creators_say_besides(reader: Reader) -> None:
    assert await creators(reader, "z\u00fcrich") == {"creator-0"}
    assert (await reader.videos(Wanted(search="z\u00fcrich"))).rows == []


@pytest.mark.parametrize("search", ["303", "274", "274rich", "303\\274"])
async def test_how_an_index_writes_a_letter_is_not_found(reader: Reader, search: str) -> None:
    assert await creators(reader, search) == set()
