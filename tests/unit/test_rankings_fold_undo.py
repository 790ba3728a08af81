"""Sessions taken back: what stands then, and when they cannot be."""

import random
from typing import Any, Final

import pytest

from projections.rankings.rows import Ballot, Entry, Undo
from projections.rankings.tables import SESSIONS, TOPIC_COUNTS, TOPIC_POSITIONS, TOPICS, UNDOS
from tests.unit.fold_driver import FoldDriver
from tests.unit.rankings_driver import (
    BASE,
    HOUR,
    PERIOD,
    ballot_of,
    changes_of,
    moved,
    period_of,
    ranked,
    rankings_driver,
    topic_removed,
    undone,
)

STREAMS: Final = 40
EVENTS: Final = 150
TOPIC_IDS: Final = ("a", "b", "c", "d", "e")
OUTCOMES: Final = {
    *("applied", "removed", "position_out_of_range", "position_taken", "unknown_session", "superseded")
}


def test_a_session_is_taken_back_as_a_whole() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1, "b": 2}, session="first"),
        moved({"a": 2, "b": 1}, at=BASE + HOUR),
        moved({"a": None, "c": 2}, at=BASE + HOUR),
        undone(at=BASE + 2 * HOUR),
    )
    assert driver.outcomes == ["applied"] * 4
    assert ballot_of(driver) == Ballot(
        PERIOD,
        "ada",
        (Entry("a", 1, None, "first", BASE), Entry("b", 2, None, "first", BASE)),
        changes=6,
        version=4,
    )
    assert driver.rows[UNDOS] == {(PERIOD, "ada", "s1", 3): Undo(PERIOD, "ada", "s1", 3, 6, BASE + 2 * HOUR)}
    assert [*driver.rows[SESSIONS]] == [(PERIOD, "ada", "first")]
    assert period_of(driver).changes == 3 + 4
    assert len(changes_of(driver)) == 6


def test_it_can_be_taken_back_once_and_used_again() -> None:
    driver = rankings_driver("a", "b").given(
        moved({"a": 1}), undone(), undone(), moved({"b": 1}), moved({"b": 2}), undone()
    )
    assert driver.outcomes == ["applied", "applied", "unknown_session", *["applied"] * 3]
    assert ballot_of(driver).entries == ()
    assert [(u.first_number, u.last_number) for u in driver.rows[UNDOS].values()] == [(1, 1), (2, 3)]


@pytest.mark.parametrize(
    "undo", [undone(session="other"), undone("bob"), undone(session="idle")], ids=["other", "bob", "idle"]
)
def test_a_session_without_changes_is_unknown(undo: Any) -> None:
    driver = rankings_driver("a").given(moved({"a": 1}), moved({"a": 1}, session="idle"), undo)
    assert driver.outcomes[-1] == "unknown_session"


def test_a_later_session_supersedes_until_it_is_taken_back_itself() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1, "b": 2}),
        moved({"a": 3}, session="s2"),
        undone(),
        undone(session="s2"),
        undone(),
    )
    assert driver.outcomes[2:] == ["superseded", "applied", "applied"]
    assert ballot_of(driver).entries == ()


def test_a_session_that_went_on_behind_another_stays_superseded() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1}),
        moved({"a": 2}, session="s2"),
        moved({"a": 3}),
        undone(),
        undone(session="s2"),
    )
    assert driver.outcomes[3:] == ["superseded", "superseded"]
    assert ranked(driver) == {"a": 3}


def test_going_on_behind_one_that_was_taken_back_is_no_interleaving() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1}),
        moved({"a": 2}, session="s2"),
        undone(session="s2"),
        moved({"a": 3}),
        undone(),
    )
    assert driver.outcomes == ["applied"] * 5
    assert ballot_of(driver).entries == ()


def test_what_another_session_unranked_is_superseded() -> None:
    driver = rankings_driver("a").given(moved({"a": 1}), moved({"a": None}, session="s2"), undone())
    assert driver.outcomes[-1] == "superseded"


def test_a_place_that_is_taken_since_holds_it_up() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1}, session="first"), moved({"a": 2}), moved({"b": 1}, session="s2"), undone()
    )
    assert driver.outcomes[-1] == "position_taken"
    driver.given(topic_removed("b"), undone())
    assert driver.outcomes[-1] == "applied"
    assert ranked(driver) == {"a": 1, "b": 1}
    assert driver.rows[TOPICS][(PERIOD, "b")].removed


def test_two_of_its_own_topics_cannot_go_back_to_one_place() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1}, session="first"),
        moved({"a": 2}),
        moved({"b": 1}, session="second"),
        moved({"b": 3}),
        undone(),
    )
    assert driver.outcomes[-1] == "position_taken"


def test_a_removed_topic_holds_it_up() -> None:
    driver = rankings_driver("a", "b").given(
        moved({"a": 1, "b": 2}), moved({"b": 1, "a": None}, session="s2"), topic_removed("a"), undone()
    )
    assert driver.outcomes[-1] == "removed"


def test_a_place_beyond_the_topics_that_are_left_is_given_back() -> None:
    driver = rankings_driver("a", "b").given(
        moved({"a": 2}, session="first"), moved({"a": 1}), topic_removed("b"), undone()
    )
    assert driver.outcomes[-1] == "applied"
    assert ranked(driver) == {"a": 2}


def test_what_ballots_add_up_to_follows_them_whatever_the_flushes() -> None:
    """Random moves, undos and removals: counters are those of the ballots counted anew."""
    outcomes: set[str] = set()
    for seed in range(STREAMS):
        print(f"seed {seed}")
        choose = random.Random(seed)
        driver = rankings_driver(*TOPIC_IDS)
        for _ in range(EVENTS):
            driver.given(happening(choose))
            if choose.random() < 0.1:
                driver.settled()
        driver.settled()
        outcomes |= set(driver.outcomes)
        assert_counted(driver, seed)
    assert outcomes == OUTCOMES


def happening(choose: random.Random) -> Any:
    who, session = choose.choice(("ada", "bob", "cy")), choose.choice(("s1", "s2", "s3"))
    chance = choose.random()
    if chance < 0.01:
        return topic_removed(choose.choice(TOPIC_IDS))
    if chance < 0.3:
        return undone(who, session)
    topics = choose.sample(TOPIC_IDS, choose.randint(1, 3))
    places = choose.sample((1, 2, 3, 4, 5, None), len(topics))
    return moved(dict(zip(topics, places, strict=True)), who, session)


def assert_counted(driver: FoldDriver, seed: int) -> None:
    at: dict[str, list[int]] = {}
    for who in ("ada", "bob", "cy"):
        for topic_id, position in ranked(driver, who).items():
            at.setdefault(topic_id, []).append(position)
    assert driver.sums(TOPIC_COUNTS) == {
        (PERIOD, topic_id): (len(places), sum(places), sum(place * place for place in places))
        for topic_id, places in at.items()
    }, f"seed {seed}"
    assert driver.sums(TOPIC_POSITIONS) == {
        (PERIOD, topic_id, place): (places.count(place),)
        for topic_id, places in at.items()
        for place in set(places)
    }, f"seed {seed}"
