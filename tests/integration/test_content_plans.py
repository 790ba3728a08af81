"""Each list is walked by an index from its place on, however many rows it has."""

from dataclasses import replace
from typing import Any, Final, LiteralString

import pytest
from psycopg import sql

from projections.content import listing
from projections.content.listing import Listing
from projections.content.reader import Reader
from projections.content.statement import COLLECTED_MAX, LONG_FROM
from projections.content.wanted import Wanted
from tests.benchmarks.content_tables import LARGEST
from tests.integration.content_setting import filled_world
from tests.integration.plans import EXPLAINED, Explained, given, nodes
from tests.integration.small_worlds import for_the_file, reader_of_database

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
SEARCHES: Final = {
    "videos": "number 77",
    "creators": "user77",
    "sounds": "song a",
    "hashtags": "hashtag77",
    "communities": "friends of c",
}
"""What few rows of a list have."""
SORTED_ROWS_MAX: Final = COLLECTED_MAX + 100
"""What a sort gets at most: what was collected, or the rows of one magnitude."""
READ_ROWS_MAX: Final = LONG_FROM
"""What a scan of a list without filters gives at most: what is counted."""


class PlanReader(Explained, Reader):
    """Keeps the plan of each statement."""

    session = f"{Reader.session} {EXPLAINED}"


database = for_the_file(filled_world)
reader = reader_of_database(PlanReader)


def faults(plan: dict[str, Any], read_rows_max: int | None) -> list[str]:
    """What reads a whole table, or sorts a large part of one."""
    found = []
    for node in nodes(plan):
        kind = node["Node Type"]
        if kind == "Seq Scan":
            found.append(f"Seq Scan of {node['Relation Name']}")
        if kind == "Sort" and (rows := sum(map(given, node["Plans"]))) > SORTED_ROWS_MAX:
            found.append(f"Sort of {rows} rows")
        if read_rows_max is not None and "Relation Name" in node and given(node) > read_rows_max:
            found.append(f"{kind} of {node['Relation Name']} gave {given(node)} rows")
    return found


async def asked(reader: PlanReader, of: Listing, wanted: Wanted) -> str | None:
    owner = None if of.owner is None else LARGEST[of.owner]
    return (await reader._listed(of, wanted, owner)).next_cursor


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.name)
async def test_every_order_is_walked_by_an_index(reader: PlanReader, of: Listing) -> None:
    wrong: dict[str, list[str]] = {}
    for sort in of.sorts:
        wanted = Wanted(sort=sort)
        pages = {"first page": wanted, "far page": replace(wanted, offset=3_000)}
        cursor = await asked(reader, of, pages["far page"])
        for name, page in {**pages, "after a cursor": replace(wanted, cursor=cursor)}.items():
            reader.plans.clear()
            await asked(reader, of, page)
            (plan,) = reader.plans
            # A far page by its number reads and sorts what stands before it.
            found = faults(plan, READ_ROWS_MAX)
            if name == "far page":
                found = [fault for fault in found if fault.startswith("Seq Scan")]
            if found:
                wrong[f"{sort}, {name}"] = found
    assert not wrong


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.name)
async def test_what_is_searched_or_bounded_is_found_by_an_index(reader: PlanReader, of: Listing) -> None:
    search = SEARCHES[of.name.split(" of ")[0]]
    wrong: dict[str, list[str]] = {}
    for sort in of.sorts:
        for wanted in (
            Wanted(sort=sort, search=search),
            Wanted(sort=sort, impact_min=10_000),
            Wanted(sort=sort, views_max=5),
            Wanted(sort=sort, published="24h"),
        ):
            await asked(reader, of, wanted)
            if found := faults(reader.plans.pop(), None):
                wrong[f"{sort}, {wanted.search} {wanted.filters}"] = found
    assert not wrong


async def test_single_things_are_looked_up(reader: PlanReader) -> None:
    await reader.video("video-00000001")
    await reader.creator("creator-1")
    await reader.sound("sound-1")
    await reader.hashtag("hashtag1")
    await reader.community("community-1")
    await reader.compare()
    assert len(reader.plans) == 6
    assert not [fault for plan in reader.plans for fault in faults(plan, 1_000)]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT count(*) FROM content.creator_order", "Seq Scan of creator_totals"),
        ("SELECT * FROM content.video_order ORDER BY views", "Sort of"),
    ],
)
async def test_what_reads_or_sorts_a_whole_table_is_found(
    reader: PlanReader, statement: LiteralString, says: str
) -> None:
    """It is by this that the tests above would fail."""
    async with reader._pool.connection() as connection:
        explained = await connection.execute(sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) ") + sql.SQL(statement))
        found = await explained.fetchone()
    assert found is not None
    assert any(fault.startswith(says) for fault in faults(found[0][0]["Plan"], None))
