"""Each list has the rows that sorting the views gives: in every order, narrowed in any way, page by page."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from events.errors import WrongUsage
from projections.content import listing
from projections.content.answers import Listed
from projections.content.listing import Listing
from projections.content.reader import Reader
from projections.content.thing_questions import KEYS
from projections.content.wanted import LIMIT_MAX, OFFSET_MAX, TOTAL_MAX, Wanted
from tests.benchmarks.content_tables import LARGEST
from tests.integration.content_setting import PlainLists, filled_world
from tests.integration.small_worlds import for_the_file, reader_of_database

SEED: Final = 20_261_121
PAGES: Final = 6
DRAWN: Final = 30
"""Wishes that are drawn for each list."""
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
by_list = pytest.mark.parametrize("of", LISTS, ids=lambda of: of.name)


database = for_the_file(filled_world)


@pytest.fixture(scope="module")
def plain(database: str) -> PlainLists:
    return PlainLists.read(database, Path(__file__).parent / "content_lists")


reader = reader_of_database(Reader)


async def asked(reader: Reader, of: Listing, wanted: Wanted) -> Listed[Any]:
    return await reader._listed(of, wanted, None if of.owner is None else LARGEST[of.owner])


def ids(of: Listing, found: Listed[Any]) -> list[str]:
    key = KEYS[of.name.split(" of ")[0]]
    return [getattr(row, key) for row in found.rows]


def check_total(found: Listed[Any], expected: list[str]) -> None:
    is_counted = len(expected) <= TOTAL_MAX
    assert found.total == (len(expected) if is_counted else None)
    assert found.total_at_least == (None if is_counted else TOTAL_MAX)


@by_list
async def test_every_order_page_by_page(reader: Reader, plain: PlainLists, of: Listing) -> None:
    """From the first page, and from one where thousands tie, to the end of the list or PAGES further."""
    for sort in of.sorts:
        expected = plain.ids(of, Wanted(sort=sort))
        for offset in {0, min(OFFSET_MAX, len(expected) // 2)}:
            wanted = Wanted(sort=sort, limit=LIMIT_MAX, offset=offset)
            found = await asked(reader, of, wanted)
            check_total(found, expected)
            read = ids(of, found)
            for _ in range(PAGES):
                if found.next_cursor is not None:
                    found = await asked(reader, of, replace(wanted, offset=0, cursor=found.next_cursor))
                    read += ids(of, found)
            assert read == expected[offset : offset + LIMIT_MAX * (PAGES + 1)], f"{of.name} by {sort}"


@by_list
async def test_narrowed_lists(reader: Reader, plain: PlainLists, of: Listing) -> None:
    print(f"seed {SEED}")
    random = Random(f"{SEED} {of.name}")
    for _ in range(DRAWN):
        wanted = drawn(random, of, plain)
        expected = plain.ids(of, wanted)
        found = await asked(reader, of, wanted)
        check_total(found, expected)
        page = expected[wanted.offset : wanted.offset + wanted.limit]
        assert ids(of, found) == page, wanted
        if found.next_cursor is not None:
            following = replace(wanted, offset=0, cursor=found.next_cursor)
            start = wanted.offset + wanted.limit
            assert ids(of, await asked(reader, of, following)) == expected[start : start + wanted.limit], (
                wanted
            )


def drawn(random: Random, of: Listing, plain: PlainLists) -> Wanted:
    rows = plain.rows[of.name]

    def one(column: str) -> Any:
        return random.choice(rows)[column] if random.random() < 0.3 else None

    impact_min, impact_max = one("impact"), one("impact")
    text = one("text")
    return Wanted(
        sort=random.choice([None, *of.sorts]),
        search=None if not text else part(random, text),
        impact_min=impact_min,
        impact_max=None if impact_max is None else impact_max + Decimal("0.005"),
        views_min=int(views) if (views := one("views")) is not None else None,
        views_max=int(views) if (views := one("views")) is not None else None,
        published=random.choice(["all", "all", "all", "24h", "7d", "30d", "1y"]),
        limit=random.choice([1, 20, 200]),
        offset=random.choice([0, 0, 7, 300]),
    )


def part(random: Random, text: str) -> str:
    start = random.randrange(len(text))
    found = text[start : start + random.randint(1, 12)].split("\n")[0] or "a"
    return found.upper() if found.upper().lower() == found else found


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(limit=201), "limit"),
        (Wanted(limit=0), "limit"),
        (Wanted(offset=10_001), "offset"),
        (Wanted(offset=1, cursor="x"), "give one of them"),
        (Wanted(sort="age"), "views, impact, likes, recent, comments"),
        (Wanted(cursor="x"), "next"),
        (Wanted(impact_min=-1), "impact_min"),
        (Wanted(views_max=-1), "views_max"),
        (Wanted(search=""), "search"),
        (Wanted(search="\0"), "control character"),
    ],
)
async def test_what_cannot_be_is_named(reader: Reader, wanted: Wanted, says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        await reader.videos(wanted)


async def test_a_cursor_of_another_list_is_refused(reader: Reader) -> None:
    found = await reader.videos(Wanted(limit=1))
    with pytest.raises(WrongUsage, match="none of this list"):
        await reader.videos(Wanted(limit=1, sort="likes", cursor=found.next_cursor))


async def test_a_deleted_community_has_no_lists(reader: Reader) -> None:
    assert (await reader.videos(of=("community", "community-99"))).rows == []
    assert (await reader.creators_of("community", "community-99")).total == 0
    assert (await reader.hashtags_of("community-99")).rows == []
    assert await reader.community("community-99") is None


async def test_a_hashtag_is_found_in_each_of_its_forms(reader: Reader) -> None:
    found = await reader.videos(Wanted(limit=1), of=("hashtag", "#HashTag0"))
    assert found.rows
    assert [row.hashtag for row in (await reader.hashtags(Wanted(search="#HASHTAG19", limit=1))).rows]


@pytest.mark.parametrize("search", ["tor-19", "CREATOR-19", "r-119"])
async def test_who_has_not_registered_is_found_by_the_id(reader: Reader, search: str) -> None:
    """Who has is not: what creators call themselves is what they are searched by."""
    found = (await reader.creators(Wanted(search=search, limit=LIMIT_MAX))).rows
    numbers = {int(row.creator_id.removeprefix("creator-")) for row in found}
    digits = search.rpartition("-")[2]
    assert numbers == {n for n in range(19, 1_000, 20) if str(n).startswith(digits)}
    assert all(row.registered_at is None and row.display_name == row.creator_id for row in found)
    videos = (await reader.videos(Wanted(search=search, limit=1))).rows
    assert videos
    assert videos[0].creator is not None
    assert videos[0].creator.creator_id in {row.creator_id for row in found}


async def test_views_against_impact(reader: Reader, plain: PlainLists) -> None:
    by_views = plain.ids(listing.VIDEOS, Wanted(sort="views"))[:100]
    by_impact = plain.ids(listing.VIDEOS, Wanted(sort="impact"))[:100]
    found = await reader.compare()
    for group in (found.in_both, found.only_by_impact, found.only_by_views):
        for one in group:
            assert one.views_rank == rank(by_views, one.video.video_id)
            assert one.impact_rank == rank(by_impact, one.video.video_id)
    assert {one.video.video_id for one in found.in_both} == set(by_views) & set(by_impact)
    assert {one.video.video_id for one in found.only_by_impact} == set(by_impact) - set(by_views)
    assert {one.video.video_id for one in found.only_by_views} == set(by_views) - set(by_impact)


def rank(of: list[str], identity: str) -> int | None:
    return of.index(identity) + 1 if identity in of else None
