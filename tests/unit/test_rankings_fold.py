"""The rules of rankings: given events, the rows are these."""

import pytest

from events.rankings import SYSTEM
from events.rankings_decisions import TOPICS_MAX
from projections.rankings.rows import Before, Entry, Period, RankingChange, Session, Student, Topic
from projections.rankings.tables import BALLOTS, CHANGES, PERIODS, SESSIONS, STUDENTS, TOPICS
from streams.folds.rankings import RULES
from tests.unit.rankings_driver import (
    BASE,
    HOUR,
    PERIOD,
    ballot_of,
    calculated,
    changes_of,
    closed,
    executed,
    moved,
    opened,
    period_of,
    ranked,
    rankings_driver,
    student,
    topic,
    topic_changed,
    topic_of,
    topic_removed,
    undone,
)


def test_every_event_type_of_the_system_has_a_rule() -> None:
    assert set(RULES) == {model.type_name() for model in SYSTEM.types}


def test_a_student_stands_as_said_last_since_the_first_time() -> None:
    driver = rankings_driver().given(student(email="ada@here"), student(at=BASE + HOUR))
    assert driver.rows[STUDENTS] == {("ada",): Student("ada", None, BASE, version=2)}


def test_a_period_opens_closes_and_opens_again() -> None:
    driver = rankings_driver().given(opened())
    assert period_of(driver) == Period(PERIOD, "Autumn", BASE, version=1)
    driver.given(closed(at=BASE + HOUR))
    assert period_of(driver) == Period(PERIOD, "Autumn", BASE, open=False, closed_at=BASE + HOUR, version=2)
    driver.given(closed(title="Over", at=BASE))
    assert period_of(driver) == Period(PERIOD, "Over", BASE, open=False, closed_at=BASE, version=3)
    driver.given(opened("Again", at=BASE + 2 * HOUR))
    assert period_of(driver) == Period(PERIOD, "Again", BASE, version=4)


def test_topics_are_announced_changed_and_removed_for_ever() -> None:
    driver = rankings_driver().given(opened(), topic("a", "First", capacity=3))
    assert topic_of(driver, "a") == Topic(PERIOD, "a", "First", 3, BASE, version=1)
    driver.given(topic_changed("a", capacity=5, at=BASE + HOUR))
    assert topic_of(driver, "a") == Topic(PERIOD, "a", "First", 5, BASE, version=2)
    driver.given(topic("a", "Second", at=BASE + HOUR))
    assert topic_of(driver, "a") == Topic(PERIOD, "a", "Second", 1, BASE, version=3)
    assert (period_of(driver).topics, period_of(driver).changes, period_of(driver).version) == (1, 1, 4)
    driver.given(topic_removed("a"))
    assert topic_of(driver, "a") == Topic(PERIOD, "a", version=4, removed=True)
    assert (period_of(driver).topics, period_of(driver).changes) == (0, 2)
    driver.outcomes.clear()
    driver.given(topic("a"), topic_changed("a", title="x"), topic_removed("a"), topic_removed("b"))
    assert driver.outcomes == ["removed", "removed", "removed", "unknown_topic"]


def test_a_closed_period_takes_topics_and_no_rankings() -> None:
    driver = rankings_driver("a").given(moved({"a": 1}), closed())
    driver.outcomes.clear()
    driver.given(topic("b"), topic_changed("b", capacity=2), moved({"b": 2}), undone(), topic_removed("b"))
    assert driver.outcomes == ["applied", "applied", "period_closed", "period_closed", "applied"]
    driver.given(opened(), moved({"a": None}))
    assert ranked(driver) == {}


def test_nothing_happens_in_an_unknown_period() -> None:
    driver = rankings_driver().given(
        closed(),
        topic("a"),
        topic_changed("a", title="x"),
        topic_removed("a"),
        moved({"a": 1}),
        undone(),
        calculated(1, []),
        executed([]),
    )
    assert driver.outcomes == ["unknown_period"] * 8
    assert not any(driver.rows.values())


def test_a_period_takes_so_many_topics() -> None:
    driver = rankings_driver().given(opened())
    driver.rows[PERIODS][(PERIOD,)] = Period(PERIOD, "Autumn", BASE, topics=TOPICS_MAX - 1)
    driver.given(topic("a"), topic("b"), topic("a", "Other"))
    assert driver.outcomes[1:] == ["applied", "too_many_topics", "applied"]


def test_a_batch_is_one_change_of_the_ballot() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"b": 1, "a": 2}),
        moved({"a": 1, "b": 2, "c": 3}, session="s2", at=BASE + HOUR),
    )
    assert ranked(driver) == {"a": 1, "b": 2, "c": 3}
    assert ballot_of(driver).entries == (
        Entry("a", 1, 2, "s2", BASE + HOUR),
        Entry("b", 2, 1, "s2", BASE + HOUR),
        Entry("c", 3, None, "s2", BASE + HOUR),
    )
    assert (ballot_of(driver).changes, ballot_of(driver).version) == (5, 2)
    assert period_of(driver).changes == 3 + 2
    assert [(c.number, c.topic_id, c.old_position, c.new_position) for c in changes_of(driver)] == [
        (1, "b", None, 1),
        (2, "a", None, 2),
        (3, "a", 2, 1),
        (4, "b", 1, 2),
        (5, "c", None, 3),
    ]


def test_what_changes_nothing_is_no_change() -> None:
    driver = rankings_driver("a", "b").given(moved({"a": 1}), moved({"a": 1, "b": None}, session="s2"))
    assert driver.outcomes == ["applied", "applied"]
    assert len(changes_of(driver)) == 1
    assert ballot_of(driver).entries == (Entry("a", 1, None, "s1", BASE),)
    assert (ballot_of(driver).version, period_of(driver).changes) == (2, 3)
    assert [*driver.rows[SESSIONS]] == [(PERIOD, "ada", "s1")]


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (moved({"a": 2, "x": 3}), "unknown_topic"),
        (moved({"a": 2, "gone": None}), "removed"),
        (moved({"a": 4, "b": 2}), "position_out_of_range"),
        (moved({"a": 2}), "position_taken"),
        (moved({"a": 3, "c": 3}), "position_taken"),
        (moved({"b": 1, "c": 2}), "position_taken"),
        (moved({"x": 3, "a": 9}), "unknown_topic"),
        (moved({"a": 9, "x": 3}), "position_out_of_range"),
    ],
)
def test_a_batch_is_refused_as_a_whole(batch: object, code: str) -> None:
    driver = rankings_driver("a", "b", "c", "gone").given(moved({"a": 1, "b": 2}), topic_removed("gone"))
    before = (dict(driver.rows[BALLOTS]), dict(driver.rows[CHANGES]), period_of(driver))
    driver.given(batch)
    assert driver.outcomes[-1] == code
    assert (driver.rows[BALLOTS], driver.rows[CHANGES], period_of(driver)) == before


def test_it_is_judged_on_what_stands_after_it() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1, "b": 2, "c": 3}),
        moved({"a": 2, "b": 1}),
        moved({"c": 1, "a": 3, "b": 2}),
        moved({"c": None, "b": 1}),
    )
    assert driver.outcomes == ["applied"] * 4
    assert ranked(driver) == {"a": 3, "b": 1}


def test_the_place_of_a_removed_topic_is_free_and_the_last_place_is_gone() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1, "b": 2, "c": 3}),
        topic_removed("a"),
        moved({"b": 1}),
        moved({"c": 3}),
        moved({"b": 3}),
    )
    assert driver.outcomes[2:] == ["applied", "position_out_of_range", "position_out_of_range"]
    assert ranked(driver)["b"] == 1
    assert ranked(driver)["c"] == 3


def test_a_place_before_that_was_another_is_recorded() -> None:
    driver = rankings_driver("a", "b", "c").given(
        moved({"a": 1, "b": 2}, previous={"a": None, "b": 1}),
        moved({"a": 3, "b": 1, "c": 2}, previous={"a": None, "b": 2}),
        moved({"b": 1}, previous={"b": 3}),
    )
    assert [c.previous_mismatch for c in changes_of(driver)] == [False, True, True, False, False]


def test_a_change_tells_all_of_it() -> None:
    event = moved({"a": 1}, at=BASE + HOUR)
    driver = rankings_driver("a").given(event)
    key = (PERIOD, "ada", 1)
    assert driver.rows[CHANGES] == {
        key: RankingChange(*key, "a", None, 1, "s1", BASE + HOUR, str(event.id), False)
    }
    session = (PERIOD, "ada", "s1")
    assert driver.rows[SESSIONS] == {session: Session(*session, 1, (Before("a", None),))}


def test_unranked_and_ranked_again_it_was_nowhere_before() -> None:
    driver = rankings_driver("a", "b").given(moved({"a": 2}), moved({"a": None}), moved({"a": 1}))
    assert ballot_of(driver).entries == (Entry("a", 1, None, "s1", BASE),)
    assert driver.rows[TOPICS].keys() == {(PERIOD, "a"), (PERIOD, "b")}
