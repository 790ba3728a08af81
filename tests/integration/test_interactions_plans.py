"""Each question of system 5 is answered through indexes, however many entries and users there are."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from projections.interactions.reader import Reader
from tests.integration.interactions_setting import PlainRows, interactions_world
from tests.integration.plans import EXPLAINED, Explained, scans, wrong_scans
from tests.integration.small_worlds import for_the_file

World = tuple[str, PlainRows]

BIG: Final = frozenset({"entries", "places", "user_entries", "activity", "entry_trends"})
READ_IN_ORDER: Final = frozenset({"entry_trends"})


class PlanReader(Explained, Reader):
    """Keeps the plan of each statement."""

    session = f"{Reader.session} {EXPLAINED}"


world = for_the_file(interactions_world)


@pytest.fixture
async def reader(world: World) -> AsyncIterator[PlanReader]:
    async with PlanReader(world[0]) as opened:
        yield opened


async def test_every_question_is_one_statement_of_indexed_reads(reader: PlanReader, world: World) -> None:
    plain = world[1]
    entry = max(plain.there, key=lambda entry_id: plain.counts(entry_id)[0])
    author = next(row.author for row in plain.entries.values() if row.author)
    signed = next(row.entry_id for row in plain.entries.values() if row.author == author)
    newest = await reader.resonated(entry, limit=1)
    first = await reader.branches(entry, limit=1)
    questions: dict[str, Any] = {
        "counts": reader.counts(plain.there[:500]),
        "states": reader.states("user-1", plain.there[:500]),
        "entry": reader.entry(entry),
        "tree": reader.tree(entry, depth=50),
        "a part of a tree": reader.tree(entry, depth=50, limit=5),
        "branches": reader.branches(entry),
        "branches, next": reader.branches(entry, cursor=first.next_cursor),
        "resonated": reader.resonated(entry),
        "resonated, next": reader.resonated(entry, cursor=newest.next_cursor),
        "resonated, as its author": reader.resonated(signed, asker=author),
        "trending": reader.trending(),
        "related": reader.related(entry),
        "recommended": reader.recommended("user-1"),
        "activity": reader.activity(entry),
    }
    assert not await reader.wrong_reads(questions, BIG, READ_IN_ORDER)


@pytest.mark.parametrize("limit", [1, 3])
async def test_a_page_of_who_resonated_reads_as_many_rows_as_it_has(
    reader: PlanReader, world: World, limit: int
) -> None:
    """By the order of an index: nothing is sorted, and the rest is not read."""
    plain = world[1]
    entry = max(plain.there, key=lambda entry_id: plain.counts(entry_id)[0])
    page = await reader.resonated(entry, limit=limit)
    assert len(page.rows) == limit < plain.counts(entry)[0] - 1
    (plan,) = reader.plans
    read = [node["Actual Rows"] for node, _ in scans(plan) if node["Relation Name"] == "user_entries"]
    assert read == [limit + 1]


async def test_a_part_of_a_tree_reads_about_as_many_places_as_it_has(
    reader: PlanReader, world: World
) -> None:
    """The walk ends when there are enough."""
    plain = world[1]
    root = max(plain.places, key=lambda entry_id: plain.places[entry_id].descendants)
    assert plain.places[root].descendants > 40
    tree = await reader.tree(root, depth=50, limit=5)
    assert tree is not None
    assert len(tree.entries) == 5
    (plan,) = reader.plans
    read = sum(
        node["Actual Rows"] * node["Actual Loops"]
        for node, _ in scans(plan)
        if node["Relation Name"] == "places" and "parent_id" in node.get("Index Cond", "")
    )
    assert read <= 10


async def test_a_page_of_branches_reads_as_many_places_as_it_has(reader: PlanReader, world: World) -> None:
    plain = world[1]
    parent = max(plain.places, key=lambda entry_id: plain.places[entry_id].branches)
    assert plain.places[parent].branches > 5
    assert len((await reader.branches(parent, limit=2)).rows) == 2
    (plan,) = reader.plans
    read = [node for node, _ in scans(plan) if "parent_id" in node.get("Index Cond", "")]
    assert [node["Actual Rows"] for node in read] == [3]


async def test_a_scan_of_a_whole_table_is_found(reader: PlanReader) -> None:
    """It is by this that the tests above would fail."""
    async with reader._pool.connection() as connection:
        await connection.execute("SELECT count(*) FROM interactions.interaction_counts")
    assert wrong_scans(reader.plans[-1], BIG, READ_IN_ORDER)
