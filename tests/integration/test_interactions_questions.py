"""Every question of system 5, against plain Python over the same rows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from events.errors import WrongUsage
from projections.interactions import likeness_questions
from projections.interactions.answers import EntryRow
from projections.interactions.reader import Reader
from projections.interactions.state_questions import ENTRIES_MAX, NotAllowed
from projections.pages import Page
from tests.integration.interactions_setting import NOBODY, NOW, PlainRows, interactions_world, nearest
from tests.integration.paging import in_pages
from tests.integration.small_worlds import for_the_file
from tests.unit.made_events import HOUR

World = tuple[str, PlainRows]


world = for_the_file(interactions_world)


@pytest.fixture(scope="module")
def plain(world: World) -> PlainRows:
    return world[1]


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Reader]:
    async with Reader(world[0]) as opened:
        yield opened


def users(plain: PlainRows) -> list[str]:
    return sorted({user for _, user in plain.states})


async def test_counts_are_told_in_the_order_asked_for_without_what_is_not_there(
    reader: Reader, plain: PlainRows
) -> None:
    assert plain.removed
    asked = [*reversed(plain.there), *plain.removed, "unknown", plain.there[0]][:ENTRIES_MAX]
    found = await reader.counts(asked)

    wanted = [one for one in dict.fromkeys(asked) if one in plain.there]
    assert [row.entry_id for row in found] == wanted
    for row in found:
        counts = (row.resonance_count, row.branch_count, row.amplification_count, row.share_count)
        assert (*counts, row.version) == plain.counts(row.entry_id), row


async def test_states_are_told_of_every_entry_asked_for(reader: Reader, plain: PlainRows) -> None:
    asked = [*plain.there, *plain.removed, "unknown"][-ENTRIES_MAX:]
    for user in (*users(plain), "unknown"):
        found = await reader.states(user, asked)
        assert [row.entry_id for row in found] == asked
        for row in found:
            # Nothing was purged yet of what was removed, and nothing is told of it.
            known = plain.states.get((row.entry_id, user), NOBODY)
            state = NOBODY if row.entry_id in plain.removed else known
            assert (row.has_resonated, row.resonated_at) == (state.has_resonated, state.resonated_at)
            assert (row.has_amplified, row.amplified_at) == (state.has_amplified, state.amplified_at)


async def test_an_entry_is_told_with_its_place(reader: Reader, plain: PlainRows) -> None:
    depths = set()
    for entry_id in plain.there[::7]:
        found = await reader.entry(entry_id)
        assert isinstance(found, EntryRow)
        above = plain.ancestors(entry_id)
        depths.add(found.depth)
        assert (found.depth, found.root_id) == (len(above), above[-1] if above else entry_id)
        assert found.parent_id == (above[0] if above else None)
        assert found.descendants == len(plain.tree(entry_id, 1_000)) - 1
        assert found.title == plain.title(entry_id)
        assert float(found.trending_score) == pytest.approx(plain.score(entry_id), abs=1e-6)
    assert len(depths) > 4
    assert await reader.entry("unknown") is None
    assert await reader.entry(plain.removed[0]) is None


@pytest.mark.parametrize("depth", [0, 1, 3, 50])
async def test_a_tree_has_each_entry_before_its_branches_down_to_a_depth(
    reader: Reader, plain: PlainRows, depth: int
) -> None:
    roots = [entry_id for entry_id in plain.places if plain.places[entry_id].parent_id is None]
    for root in [*roots, *list(plain.places)[::40]]:
        tree = await reader.tree(root, depth=depth)
        assert tree is not None
        assert not tree.is_cut
        assert [(row.entry_id, row.depth) for row in tree.entries] == plain.tree(root, depth)
        for row in tree.entries:
            counts = (row.resonance_count, row.branch_count, row.amplification_count, row.share_count)
            if row.removed:
                assert row.entry_id in plain.removed
                assert (row.title, row.author, *counts) == (
                    None,
                    None,
                    0,
                    plain.counts(row.entry_id)[1],
                    0,
                    0,
                )
            else:
                assert counts == plain.counts(row.entry_id)[:4]
                assert row.title == plain.title(row.entry_id)
            assert row.parent_id == plain.places[row.entry_id].parent_id
            assert row.branch_order == plain.places[row.entry_id].branch_order


async def test_branches_survive_a_removed_parent(reader: Reader, plain: PlainRows) -> None:
    parent = next(entry_id for entry_id in plain.removed if plain.children(entry_id))
    tree = await reader.tree(parent)

    assert tree is not None
    assert [row.removed for row in tree.entries] == [True, *[False] * (len(tree.entries) - 1)]
    assert [row.child_id for row in (await reader.branches(parent)).rows] == plain.children(parent)


async def test_a_large_tree_is_cut_far_from_its_root(reader: Reader, plain: PlainRows) -> None:
    root = max(plain.places, key=lambda entry_id: plain.places[entry_id].descendants)
    whole = plain.tree(root, 50)
    for limit in range(1, len(whole) + 2):
        tree = await reader.tree(root, depth=50, limit=limit)
        assert tree is not None
        assert [(row.entry_id, row.depth) for row in tree.entries] == nearest(whole, limit)
        assert tree.is_cut == (limit < len(whole))


async def test_an_entry_without_branches_is_a_tree_of_one(reader: Reader, plain: PlainRows) -> None:
    alone = next(entry_id for entry_id in plain.there if entry_id not in plain.places)
    tree = await reader.tree(alone)

    assert tree is not None
    assert [(row.entry_id, row.depth, row.branch_order) for row in tree.entries] == [(alone, 0, None)]
    assert await reader.tree("unknown") is None


async def test_branches_are_listed_in_their_order(reader: Reader, plain: PlainRows) -> None:
    parent = max(plain.places, key=lambda entry_id: plain.places[entry_id].branches)
    for limit in (1, 3, 100):
        rows = await in_pages(lambda n, c: reader.branches(parent, limit=n, cursor=c), limit)
        assert [row.child_id for row in rows] == plain.children(parent)
        assert [row.branch_order for row in rows] == list(range(len(rows)))
        assert [row.title for row in rows] == [plain.title(row.child_id) for row in rows]


async def test_who_resonated_is_listed_the_newest_first(reader: Reader, plain: PlainRows) -> None:
    busiest = max(plain.there, key=lambda entry_id: plain.counts(entry_id)[0])
    for limit in (1, 7, 1_000):

        async def ask(limit: int, cursor: str | None) -> Page[Any]:
            return await reader.resonated(busiest, limit=limit, cursor=cursor)

        assert [row.user_id for row in await in_pages(ask, limit)] == plain.resonating(busiest)
    assert (await reader.resonated("unknown")).rows == []
    assert (await reader.resonated(plain.removed[0])).rows == []


async def test_who_resonated_is_told_to_the_author_alone(reader: Reader, plain: PlainRows) -> None:
    signed = next(one for one in plain.there if one in plain.entries and plain.entries[one].author)
    unsigned = next(one for one in plain.there if one in plain.entries and not plain.entries[one].author)
    author = plain.entries[signed].author

    page = await reader.resonated(signed, asker=author, limit=1_000)
    assert [row.user_id for row in page.rows] == plain.resonating(signed)
    for entry_id, asker in ((signed, "somebody"), (unsigned, "somebody"), (unsigned, author)):
        with pytest.raises(NotAllowed, match=f"{entry_id}.*not to '{asker}'"):
            await reader.resonated(entry_id, asker=asker)


async def test_what_trends_is_listed_by_the_score_of_now(reader: Reader, plain: PlainRows) -> None:
    wanted = sorted(plain.there, key=lambda entry_id: (-plain.score(entry_id), entry_id))
    found = await reader.trending(limit=50)

    assert [row.entry_id for row in found] == wanted[:50]
    assert [row.rank for row in found] == list(range(1, 51))
    for row in found:
        assert float(row.trending_score) == pytest.approx(plain.score(row.entry_id), abs=1e-6)
        assert (row.resonance_count, row.branch_count) == plain.counts(row.entry_id)[:2]
        assert row.title == plain.title(row.entry_id)


def placed(found: dict[str, tuple[float, int]]) -> list[tuple[str, float, int]]:
    """In the order of a list: the greatest first as it is rounded, ties by id."""
    rounded = [(one, round(value, 6), number) for one, (value, number) in found.items()]
    return sorted(rounded, key=lambda one: (-one[1], one[0]))


@pytest.mark.parametrize("users_max", [5, 2_000])
async def test_related_entries_are_those_of_the_same_users_by_cosine(
    reader: Reader, plain: PlainRows, monkeypatch: pytest.MonkeyPatch, users_max: int
) -> None:
    monkeypatch.setattr(likeness_questions, "RELATED_USERS_MAX", users_max)
    samples = set()
    for entry_id in [*plain.there[::9], max(plain.there, key=lambda one: plain.counts(one)[0])]:
        found = await reader.related(entry_id, limit=1_000)
        rows = [(row.entry_id, float(row.cosine), row.common_users) for row in found.entries]
        assert rows == placed(plain.cosines(entry_id, users_max))
        assert found.is_sample == (plain.counts(entry_id)[0] > users_max)
        assert (await reader.related(entry_id, limit=1)).entries == found.entries[:1]
        for row in found.entries:
            assert (row.resonance_count, row.title) == (
                plain.counts(row.entry_id)[0],
                plain.title(row.entry_id),
            )
        samples.add(found.is_sample)
    assert samples == ({False, True} if users_max == 5 else {False})
    assert (await reader.related("unknown")).entries == []
    assert (await reader.related(plain.removed[0])).entries == []


@pytest.mark.parametrize(("entries_max", "users_max"), [(50, 200), (3, 4)])
async def test_recommended_is_what_is_related_and_not_yet_acted_on(
    reader: Reader, plain: PlainRows, monkeypatch: pytest.MonkeyPatch, entries_max: int, users_max: int
) -> None:
    monkeypatch.setattr(likeness_questions, "RECOMMENDED_ENTRIES_MAX", entries_max)
    monkeypatch.setattr(likeness_questions, "RECOMMENDED_USERS_MAX", users_max)
    rows_in_all = 0
    for user in users(plain)[::3]:
        found = await reader.recommended(user, limit=1_000)
        rows = [(row.entry_id, float(row.score), row.related_to) for row in found.entries]
        assert rows == placed(plain.recommended(user, entries_max, users_max))
        own = plain.resonated(user)[:entries_max]
        assert found.is_sample == any(plain.counts(one)[0] > users_max for one in own)
        rows_in_all += len(rows)
    assert rows_in_all
    nobody = await reader.recommended("unknown")
    assert (nobody.entries, nobody.is_sample) == ([], False)


async def test_activity_adds_up_to_what_still_counts(reader: Reader, plain: PlainRows) -> None:
    """The simulation is of the day before now: all that counts is in these hours."""
    for entry_id in plain.there[::11]:
        points = await reader.activity(entry_id, hours=25)
        assert [point.hour for point in points] == [
            NOW.replace(minute=0) - number * HOUR for number in range(24, -1, -1)
        ]
        resonances, branches, amplifications, shares, _ = plain.counts(entry_id)
        assert sum(point.resonances for point in points) == resonances
        assert sum(point.branches for point in points) == branches
        assert sum(point.amplifications for point in points) == amplifications
        assert sum(point.shares for point in points) == shares
    until = NOW.replace(minute=0) - 20 * HOUR
    assert [point.hour for point in await reader.activity(plain.there[0], hours=2, until=until)] == [
        until - 2 * HOUR,
        until - HOUR,
    ]
    assert await reader.activity("unknown") == []
    assert await reader.activity(plain.removed[0]) == []


@pytest.mark.parametrize(
    ("wrong", "ask"),
    [
        ("entry_ids must be 1 to 500 different ones, are 0", lambda reader: reader.counts([])),
        ("different ones, are 501", lambda reader: reader.counts(map(str, range(501)))),
        ("entry_ids must", lambda reader: reader.states("ada", ["a", ""])),
        ("user_id must", lambda reader: reader.states("", ["a"])),
        ("asker must", lambda reader: reader.resonated("a", asker="")),
        ("depth must be", lambda reader: reader.tree("a", depth=51)),
        ("limit must be", lambda reader: reader.tree("a", limit=10_001)),
        ("limit must be", lambda reader: reader.related("a", limit=0)),
        ("limit must be", lambda reader: reader.trending(limit=1_001)),
        ("hours must be", lambda reader: reader.activity("a", hours=745)),
        ("until must be a whole hour", lambda reader: reader.activity("a", until=NOW)),
        ("cursor 'x' is none of this list", lambda reader: reader.branches("a", cursor="x")),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(wrong: str, ask: Any) -> None:
    with pytest.raises(WrongUsage, match=wrong):
        await ask(Reader("postgresql://nobody@127.0.0.1:1/nothing"))


async def test_a_cursor_of_another_list_is_refused(reader: Reader, plain: PlainRows) -> None:
    parent = max(plain.places, key=lambda entry_id: plain.places[entry_id].branches)
    page = await reader.branches(parent, limit=1)
    with pytest.raises(WrongUsage, match="is none of this list"):
        await reader.resonated(parent, cursor=page.next_cursor)
