"""The oracle of system 4 against numbers worked out by hand."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.handwritten import HOUR, NOON
from tests.simulation.oracle_facts import Row
from tests.simulation.rankings_handwritten import RankingsLog

SECOND = timedelta(seconds=1)


def test_a_batch_is_one_change_and_moves_the_counts() -> None:
    log = RankingsLog("a", "b", "c").put(a=1, b=3).put(student_id="grace", b=1)
    assert log.places() == {"a": 1, "b": 3}
    row = log.row("topic_metrics", topic_id="b")
    shown: Row = {"students": 2, "sum_of_positions": 4, "average": 2, "standard_deviation": 1}
    assert row | shown | {"distribution": [1, 0, 1], "percentile": None, "is_stale": True} == row
    row = log.row("topic_metrics", topic_id="c")
    shown = {"students": 0, "sum_of_positions": 0, "average": None, "standard_deviation": None}
    assert row | shown | {"distribution": [0, 0, 0]} == row
    period = log.row("periods")
    assert (period["topics"], period["changes"], period["version"]) == (3, 5, 6)


def test_average_and_deviation_are_rounded_half_up() -> None:
    log = RankingsLog("a", "b", "c").put(a=1).put(student_id="grace", a=1).put(student_id="joan", a=3)
    row = log.row("topic_metrics", topic_id="a")
    assert row["average"] == Decimal("1.666667")
    # The root of 8/9 is 0.94280904.
    assert row["standard_deviation"] == Decimal("0.942809")


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ({"a": 1, "b": 1}, "position_taken"),
        ({"b": 2}, "position_taken"),
        ({"a": 4}, "position_out_of_range"),
        ({"z": 1}, "unknown_topic"),
        ({"d": 1}, "removed"),
        ({"d": None}, "removed"),
        ({"b": 9, "z": 1}, "position_out_of_range"),
        ({"z": 9, "b": 9}, "unknown_topic"),
    ],
)
def test_a_batch_is_refused_whole(places: dict[str, int | None], code: str) -> None:
    log = (
        RankingsLog("a", "b", "c", "d")
        .topic("topic_removed", "d")
        .put(a=1, c=2)
        .put("s", "ada", NOON, None, **places)
    )
    assert log.codes() == [code]
    assert log.places() == {"a": 1, "c": 2}


def test_a_batch_is_judged_as_it_ends() -> None:
    log = RankingsLog("a", "b", "c").put(a=1, b=2).put(a=2, b=1).put(a=None, c=2)
    assert log.places() == {"b": 1, "c": 2}
    assert log.codes() == []


def test_periods_must_be_open() -> None:
    log = RankingsLog().put(a=1).period("period_closed").topic("topic_created", "a", title="A")
    assert log.codes() == ["unknown_period"] * 3
    log = RankingsLog("a").put(a=1).period("period_closed", NOON - HOUR, title="Over").put(a=None).undone()
    log.topic("topic_created", "b", title="B")
    assert log.codes() == ["period_closed"] * 2
    row = log.row("periods")
    assert (row["open"], row["closed_at"], row["title"], row["topics"]) == (False, NOON - HOUR, "Over", 2)
    log.opened("Again", NOON - 2 * HOUR).undone()
    row = log.row("periods")
    assert (row["open"], row["closed_at"], row["opened_at"], row["title"]) == (True, None, NOON, "Again")
    assert log.places() == {}


def test_changes_say_what_was_and_whether_it_was_expected() -> None:
    log = RankingsLog("a", "b").put(a=1, at=NOON - HOUR, previous={"a": None})
    log.put(a=2, b=None, previous={"a": 2, "b": 9}, session="t").put(a=2, previous={"a": 7})
    assert log.rows("changes") == [
        {
            "period_id": "autumn",
            "student_id": "ada",
            "number": number,
            "topic_id": "a",
            "session": session,
            "old_position": old,
            "new_position": new,
            "at": at,
            "event_id": str(UUID(int=event)),
            "previous_mismatch": is_mismatch,
            "undone": False,
        }
        for number, session, old, new, at, event, is_mismatch in (
            (1, "s", None, 1, NOON - HOUR, 4, False),
            (2, "t", 1, 2, NOON, 5, True),
        )
    ]
    row = log.row("rankings")
    assert (row["previous_position"], row["session"], row["updated_at"]) == (1, "t", NOON)
    assert log.row("periods")["changes"] == 4, "what changes nothing is no change"
    log.put(a=None).put(a=1)
    assert log.row("rankings")["previous_position"] is None


def test_undo_takes_back_all_that_a_session_changed() -> None:
    log = RankingsLog("a", "b", "c").put("s", a=1, b=2).put("t", a=3, c=1).put("t", c=2, b=1).undone("t")
    assert log.places() == {"a": 1, "b": 2}
    assert log.row("rankings", topic_id="a")["session"] == "s"
    assert [row["undone"] for row in log.rows("changes")] == [False, False, True, True, True, True]
    log.undone("t").undone("u").undone("s")
    assert log.codes() == ["unknown_session"] * 2
    assert log.places() == {}
    log.put("t", a=2).undone("t")
    assert log.codes() == ["unknown_session"] * 2
    assert log.row("periods")["changes"] == 3 + 3 + 2 + 2


def test_undo_is_refused_while_a_later_session_stands_on_it() -> None:
    log = RankingsLog("a", "b").put("s", a=1).put("t", a=2).undone("s")
    assert log.codes() == ["superseded"]
    log.undone("t").undone("s")
    assert log.codes() == ["superseded"]
    assert log.places() == {}
    log = RankingsLog("a", "b").put("s", a=1).put("t", b=2).undone("s")
    assert log.codes() == [], "another topic is not in its way"
    log = RankingsLog("a", "b").put("s", a=1).put("t", a=2).put("s", a=1).undone("s").undone("t")
    assert log.codes() == ["superseded"] * 2
    log = RankingsLog("a").put("s", a=1).put("t", "grace", a=1).undone("s")
    assert log.codes() == [], "other students are not either"


def test_undo_is_refused_when_a_place_is_taken() -> None:
    log = RankingsLog("a", "b").put("s", a=1).put("t", a=2).put("u", b=1).undone("t")
    assert log.codes() == ["position_taken"]
    log = RankingsLog("a", "b", "c").put("o", a=1).put("s", a=2).put("t", b=1).put("s", b=3).undone("s")
    assert log.codes() == ["position_taken"], "two that it would bring back itself"


def test_removed_topics_are_in_nobodys_way() -> None:
    log = RankingsLog("a", "b", "c").put(a=1, c=3).topic("topic_removed", "a").put("t", b=1)
    assert log.places() == {"b": 1, "c": 3}
    assert log.row("topic_metrics", topic_id="b")["distribution"] == [1, 0]
    assert log.row("topic_metrics", topic_id="c")["distribution"] == [0, 0, 1], "as long as its last place"
    log.undone("s").put("t", c=3)
    assert log.codes() == ["removed", "position_out_of_range"]
    log.topic("topic_removed", "a").topic("topic_changed", "a", title="A")
    log.topic("topic_created", "a", title="A")
    assert log.codes()[2:] == ["removed"] * 3
    assert {row["topic_id"] for row in log.rows("changes")} == {"b", "c"}
    # Places that stand beyond the last one may come back.
    log.put("u", c=2).undone("u")
    assert log.places() == {"b": 1, "c": 3}


def test_topics_are_changed_in_part_and_announced_whole() -> None:
    log = RankingsLog("a").topic("topic_changed", "a", capacity=17)
    row = log.row("topics")
    assert (row["title"], row["capacity"], row["version"]) == ("A", 17, 2)
    log.topic("topic_created", "a", NOON - HOUR, title="Again")
    row = log.row("topics")
    assert (row["title"], row["capacity"], row["created_at"]) == ("Again", 1, NOON)
    assert log.row("periods")["changes"] == 1
    log.topic("topic_changed", "z", title="Z").topic("topic_removed", "z").topic("topic_changed", "a")
    assert log.codes() == ["unknown_topic", "unknown_topic", "missing_field"]


def test_decisions_say_what_topics_are_like_until_the_next() -> None:
    log = RankingsLog("a", "b").calculated(NOON - SECOND, 2, a=1.5).calculated(NOON, 1, part=1, a=2, z=4)
    row = log.row("topic_metrics", topic_id="a")
    assert (row["percentile"], row["category"], row["calculated_at"]) == (50, "low", NOON)
    assert row["is_stale"] is False, "the greatest number of changes is known"
    assert log.row("topics", topic_id="a")["version"] == 3
    assert log.row("topic_metrics", topic_id="b")["percentile"] is None
    assert log.rows("topic_trends") == [
        {"period_id": "autumn", "topic_id": "a", "hour": NOON - HOUR}
        | {"average": Decimal("1.5"), "students": 7, "calculations": 1},
        {"period_id": "autumn", "topic_id": "a", "hour": NOON}
        | {"average": Decimal(2), "students": 7, "calculations": 1},
    ]
    log.calculated(NOON, 9, a=9).calculated(NOON - HOUR, 9, a=9).put(a=1)
    assert log.expected().counts[0].duplicates == 2
    assert log.row("periods")["is_stale"] is True


def test_trends_are_means_of_what_was_calculated() -> None:
    log = RankingsLog("a").calculated(NOON - 3 * SECOND, a=1).calculated(NOON - 2 * SECOND, a=None)
    row = log.calculated(NOON - SECOND, a=1.5).row("topic_trends")
    assert (row["average"], row["calculations"]) == (Decimal("1.25"), 3)
    row = RankingsLog("a").calculated(NOON, a=None).row("topic_trends")
    assert (row["average"], row["calculations"]) == (None, 1)


def test_assignments_show_once_all_parts_are_there() -> None:
    log = RankingsLog("a", "b").assigned("r", 1, 2, grace="b")
    assert log.rows("assignment_runs") == log.rows("assignments") == []
    log.assigned("r", 1, 2, grace="b").assigned("r", 0, 2, ada="a", joan=None).assigned("r", 2, 3, eve="a")
    assert log.expected().counts[0].duplicates == 1
    assert log.codes() == ["not_a_decision"]
    row = log.row("assignment_runs")
    assert (row["cost"], row["students"], row["assigned"], row["at"]) == (9, 3, 2, NOON)
    log.topic("topic_removed", "a")
    assert [(row["student_id"], row["topic_id"]) for row in log.rows("assignments")] == [
        ("joan", None), ("grace", "b")
    ]  # fmt: skip
    assert log.row("assignment_runs")["assigned"] == 2


def test_students_are_as_said_last() -> None:
    log = RankingsLog().add("student_registered", NOON - HOUR, student_id="ada", email="ada@students.example")
    log.add("student_registered", student_id="ada")
    assert log.rows("students") == [
        {"student_id": "ada", "email": None, "registered_at": NOON - HOUR, "version": 2}
    ]


def test_a_topic_belongs_to_its_period() -> None:
    log = RankingsLog("a", partitions=4).opened(period_id="spring").put(a=1)
    log.topic("topic_created", "a", period_id="spring", title="A", capacity=3)
    updates = [{"topic_id": "a", "position": 1}]
    log.period("rankings_updated", period_id="spring", student_id="ada", session="s", updates=updates)
    log.topic("topic_removed", "a")
    assert [(row["period_id"], row["students"]) for row in log.rows("topic_metrics")] == [("spring", 1)]
