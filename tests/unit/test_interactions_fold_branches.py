"""The forest of branches: orders, loops, second parents, whole trees that become branches."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pytest

from projections.interactions.rows import Place
from projections.interactions.tables import ACTIVITY, PLACES
from streams.folds.interactions.branches import DEPTH_MAX
from streams.hours import hour_of
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import (
    BASE,
    HOUR,
    branched,
    deleted,
    interactions_driver,
    place_of,
)

SEEDS = range(40)


@dataclass
class PlainForest:
    """The same forest, told by its branches alone: everything else is counted anew."""

    children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[str, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    """Branches that changed something about an entry."""

    def branch(self, parent_id: str, child_id: str) -> str:
        if parent_id == child_id or child_id in self.above(parent_id):
            return "loop"
        if child_id in self.parents:
            return "duplicate" if self.parents[child_id] == parent_id else "second_parent"
        self.parents[child_id] = parent_id
        self.children[parent_id].append(child_id)
        self.told.update((child_id, parent_id, *self.above(parent_id)))
        return "applied"

    def above(self, entry_id: str) -> list[str]:
        found = []
        while entry_id in self.parents:
            entry_id = self.parents[entry_id]
            found.append(entry_id)
        return found

    def below(self, entry_id: str) -> int:
        return sum(1 + self.below(child) for child in self.children.get(entry_id, ()))

    def height(self, entry_id: str) -> int:
        return max((1 + self.height(child) for child in self.children.get(entry_id, ())), default=0)


def shape(place: Place) -> tuple[str | None, int | None, int, int, int, int]:
    """What of a place the branches tell."""
    return (
        place.parent_id, place.branch_order, place.branches, place.descendants, place.height, place.version
    )  # fmt: skip


def shape_in(forest: PlainForest, entry_id: str) -> tuple[str | None, int | None, int, int, int, int]:
    """The same of the plain forest."""
    parent = forest.parents.get(entry_id)
    branches = len(forest.children.get(entry_id, ()))
    return (
        parent,
        None if parent is None else forest.children[parent].index(entry_id),
        branches,
        forest.below(entry_id),
        forest.height(entry_id),
        forest.told[entry_id],
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_random_branches_make_the_forest_that_they_tell(seed: int) -> None:
    drawing, forest, driver = random.Random(seed), PlainForest(), interactions_driver()
    entries = [f"e{number}" for number in range(drawing.choice((4, 12, 40)))]
    outcomes = []
    for _ in range(120):
        parent, child = drawing.choice(entries), drawing.choice(entries)
        outcomes.append(forest.branch(parent, child))
        driver.given(branched(parent, child))
    assert driver.outcomes == outcomes, f"seed {seed}"
    known = {*forest.parents, *forest.parents.values()}
    assert {key: shape(row) for key, row in driver.rows[PLACES].items()} == {
        (entry_id,): shape_in(forest, entry_id) for entry_id in known
    }, f"seed {seed}"


def chain(length: int) -> FoldDriver:
    """Entries "0" to `length`, each the only branch of the one before, put on top of one another."""
    return interactions_driver().given(
        *(branched(str(number), str(number + 1)) for number in reversed(range(length)))
    )


def test_branches_of_a_parent_are_numbered_in_the_order_of_the_log() -> None:
    driver = interactions_driver().given(
        branched("e", "a", title="First", at=BASE), branched("e", "b", at=BASE - HOUR), branched("f", "c")
    )
    assert [place_of(driver, name).branch_order for name in "abc"] == [0, 1, 0]
    first = place_of(driver, "a")
    assert (first.parent_id, first.title, first.branched_at) == ("e", "First", BASE)
    assert driver.sums(ACTIVITY) == {
        ("e", hour_of(BASE)): (0, 0, 0, 1),
        ("e", hour_of(BASE - HOUR)): (0, 0, 0, 1),
        ("f", hour_of(BASE)): (0, 0, 0, 1),
    }


def test_an_entry_is_no_branch_of_itself_or_of_what_is_below_it() -> None:
    driver = chain(3).given(branched("e", "e"), branched("3", "0"), branched("2", "1"), branched("1", "0"))
    assert driver.outcomes[3:] == ["loop"] * 4


def test_an_entry_has_one_parent_and_the_same_branch_counts_once() -> None:
    driver = interactions_driver().given(branched("e", "a", title="A"))
    before = dict(driver.rows[PLACES])
    driver.given(branched("f", "a"), branched("e", "a", title="Again"))
    assert driver.outcomes == ["applied", "second_parent", "duplicate"]
    assert driver.rows[PLACES] == before


def test_a_tree_that_becomes_a_branch_counts_whole_for_all_above() -> None:
    driver = chain(2).given(
        branched("t", "t1"), branched("t", "t2"), branched("t1", "t3"), branched("2", "t")
    )
    assert [place_of(driver, name).descendants for name in ("0", "1", "2", "t", "t1")] == [6, 5, 4, 3, 1]
    assert [place_of(driver, name).height for name in ("0", "1", "2", "t", "t2")] == [5, 4, 3, 2, 0]
    driver.given(branched("t3", "0"))
    assert driver.outcomes[-1] == "loop"


def test_what_lies_a_thousand_deep_has_no_branches() -> None:
    driver = chain(DEPTH_MAX)
    assert set(driver.outcomes) == {"applied"}
    assert place_of(driver, "0").descendants == place_of(driver, "0").height == DEPTH_MAX
    driver.given(branched(str(DEPTH_MAX), "x"), branched(str(DEPTH_MAX - 1), "x"))
    assert driver.outcomes[-2:] == ["too_deep", "applied"]


def test_a_tree_does_not_become_a_branch_where_its_lowest_entry_would_lie_too_deep() -> None:
    driver = chain(DEPTH_MAX).given(branched("a", "b"), branched("b", "0"), branched("a", "0"))
    assert driver.outcomes[-3:] == ["applied", "too_deep", "too_deep"]


def test_branches_do_not_ask_whether_an_entry_was_removed() -> None:
    driver = interactions_driver().given(deleted("e"), branched("e", "a"), deleted("a"), branched("a", "b"))
    assert driver.outcomes == ["applied"] * 4
    assert place_of(driver, "e").descendants == 2
