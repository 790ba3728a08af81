"""Files of complete strict orders as events: what a file becomes, and why one is not taken."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from events.envelope import Event
from events.errors import WrongUsage
from events.ndjson import read_lines
from events.preflib import ALTERNATIVES_MAX, Order, Profile, period_of, read, told
from events.rankings import PeriodOpened, RankingsUpdated, StudentRegistered, TopicCreated

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
PUBLISHED: Final = datetime(2013, 8, 17, tzinfo=UTC)
HEADER: Final = {
    "FILE NAME": "00009-00000001.soc",
    "TITLE": "2003 Registration",
    "DESCRIPTION": "",
    "DATA TYPE": "soc",
    "PUBLICATION DATE": "2013-08-17",
    "NUMBER ALTERNATIVES": "3",
    "NUMBER VOTERS": "6",
    "NUMBER UNIQUE ORDERS": "2",
    "ALTERNATIVE NAME 1": "Course 1",
    "ALTERNATIVE NAME 2": "Course 2",
    "ALTERNATIVE NAME 3": "Course 3",
}
ORDERS: Final = ("4: 2,1,3", "2: 1,2,3")
FIRST_ORDER_LINE: Final = len(HEADER) + 1


def content(orders: Sequence[str] = ORDERS, without: str | None = None, **changes: str) -> bytes:
    """A file; changes are of keys of the header, with underscores for their blanks."""
    header = HEADER | {name.replace("_", " "): value for name, value in changes.items()}
    lines = [f"# {key}: {value}" for key, value in header.items() if key != without]
    return "\n".join([*lines, *orders, ""]).encode()


def profile(data: bytes | None = None, **changes: Any) -> Profile:
    stream = io.BytesIO(content(**changes) if data is None else data)
    return read(read_lines(stream), "votes.soc", now=NOW)


def events(of: Profile, **options: Any) -> list[Event]:
    made = told(of, period_of(of), at=NOW, **options)
    return [event for step in made for event in step]


def test_the_header_names_what_is_ranked_and_each_line_is_an_order() -> None:
    assert profile() == Profile(
        name="00009-00000001",
        title="2003 Registration",
        published_at=PUBLISHED,
        alternatives=("Course 1", "Course 2", "Course 3"),
        orders=(Order(4, (2, 1, 3)), Order(2, (1, 2, 3))),
    )
    assert profile().voters == 6


def test_blanks_other_lines_of_the_header_marks_and_missing_names_do_no_harm() -> None:
    data = content(orders=("", " 4 :2 , 1,3 ", "2: 1,2,3"), without="ALTERNATIVE NAME 2")
    read_again = profile(b"\xef\xbb\xbf# written by hand\r\n" + data.replace(b"\n", b"\r\n"))

    assert read_again.orders == profile().orders
    assert read_again.alternatives == ("Course 1", "Alternative 2", "Course 3")


def test_a_line_of_very_many_blanks_costs_no_more_than_its_length() -> None:
    blanks = b" " * 500_000
    assert profile(b"# A" + blanks + b"x\n#" + blanks + b"\n" + content()) == profile()


def test_a_file_is_a_period_its_alternatives_topics_and_its_voters_students_with_a_batch_each() -> None:
    opened, *others = events(profile(), capacity=17)
    topics, voters = others[:3], others[3:]

    assert isinstance(opened, PeriodOpened)
    assert (opened.period_id, opened.title, opened.at) == (
        "preflib-00009-00000001",
        "2003 Registration",
        PUBLISHED,
    )
    assert [(one.topic_id, one.title, one.capacity) for one in topics if isinstance(one, TopicCreated)] == [
        ("1", "Course 1", 17),
        ("2", "Course 2", 17),
        ("3", "Course 3", 17),
    ]
    students = [event for event in voters[::2] if isinstance(event, StudentRegistered)]
    ballots = [event for event in voters[1::2] if isinstance(event, RankingsUpdated)]
    assert len(students) == len(ballots) == 6
    assert [ballot.student_id for ballot in ballots] == [student.student_id for student in students]
    assert len({student.student_id for student in students}) == 6
    ranked = [[(one.topic_id, one.position) for one in ballot.updates] for ballot in ballots]
    assert ranked == [[("2", 1), ("1", 2), ("3", 3)]] * 4 + [[("1", 1), ("2", 2), ("3", 3)]] * 2


def test_the_same_file_gives_the_same_events_and_other_options_give_others() -> None:
    first, again = events(profile(), capacity=17), events(profile(), capacity=17)
    assert first == again
    assert len({event.id for event in first}) == len(first)

    other_capacity = {event.id for event in events(profile(), capacity=16)} - {event.id for event in first}
    assert len(other_capacity) == 3
    elsewhere = [event for step in told(profile(), "autumn", at=NOW) for event in step]
    assert {event.id for event in elsewhere}.isdisjoint(event.id for event in first)


def test_without_a_day_it_happens_at_the_import_and_has_the_same_ids() -> None:
    undated = profile(without="PUBLICATION DATE")
    assert {event.at for event in events(undated)} == {NOW}
    assert [event.id for event in events(undated)] == [event.id for event in events(profile())]


def test_a_period_is_named_after_the_file_or_by_hand() -> None:
    assert period_of(profile(), "autumn") == "autumn"
    assert period_of(profile(FILE_NAME="votes")) == "preflib-votes"
    with pytest.raises(WrongUsage, match="no FILE NAME: name the period with --period"):
        period_of(profile(without="FILE NAME"))
    with pytest.raises(WrongUsage, match="must have at most 292"):
        period_of(profile(), "x" * 293)
    with pytest.raises(WrongUsage, match="must not be empty"):
        period_of(profile(), "")


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("4: {2,1},3", "has a tie"),
        ("4: 2,1", "ranks 2 of 3 alternatives, 3 is missing: only complete orders"),
        ("4: 2,1,2", "ranks alternative 2 2 times"),
        ("4: 2,1,4", "ranks alternative 4, which is none of 1 to 3"),
        ("4: 2,1,0", "ranks alternative 0, which is none of 1 to 3"),
        ("0: 2,1,3", "has no voters"),
        ("4: 1,2,3", "has the order of a line before it"),
        ("7: 2,1,3", "is the order of voter 9, but NUMBER VOTERS is 6"),
        ("2,1,3", r"must be an order such as 4: 2,1,3"),
        ("four: 2,1,3", r"must be an order such as 4: 2,1,3"),
        ("4: 2,1,3,", r"must be an order such as 4: 2,1,3"),
        ("٤: 2,1,3", r"must be an order such as 4: 2,1,3"),
        ("# TITLE: again", "stands behind the first order"),
    ],
)
def test_a_line_that_is_no_order_of_all_is_told_with_its_number(order: str, reason: str) -> None:
    with pytest.raises(WrongUsage, match=rf"^votes\.soc: line {FIRST_ORDER_LINE + 1}: .*{reason}") as told_so:
        profile(orders=("2: 1,2,3", order))
    assert str(told_so.value).endswith("; nothing was published")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"NUMBER_VOTERS": "7"}, "line 7: NUMBER VOTERS is 7, but the orders have 6"),
        ({"NUMBER_UNIQUE_ORDERS": "3"}, "line 8: NUMBER UNIQUE ORDERS is 3, but the lines are 2"),
        ({"NUMBER_VOTERS": "many"}, "line 7: NUMBER VOTERS must be a whole number from 1 to 1,000,000"),
        ({"NUMBER_VOTERS": "1000001"}, "line 7: NUMBER VOTERS must be a whole number from 1 to 1,000,000"),
        (
            {"NUMBER_ALTERNATIVES": str(ALTERNATIVES_MAX + 1)},
            "line 6: NUMBER ALTERNATIVES must be a whole number from 1 to 1,000",
        ),
        ({"NUMBER_ALTERNATIVES": "2"}, "line 12: ranks alternative 3, which is none of 1 to 2"),
        ({"DATA_TYPE": "soi"}, r"line 4: DATA TYPE must be soc \(complete strict orders\), is 'soi'"),
        ({"PUBLICATION_DATE": "last year"}, "line 5: PUBLICATION DATE must be a date such as 2013-08-17"),
        ({"PUBLICATION_DATE": "1999-01-01"}, "line 5: PUBLICATION DATE must lie in the years 2000"),
        ({"PUBLICATION_DATE": "2027-01-01"}, "line 5: PUBLICATION DATE must be at most 5 minutes ahead"),
        ({"ALTERNATIVE_NAME_2": "x" * 301}, "line 10: ALTERNATIVE NAME 2 must have at most 300 characters"),
        ({"ALTERNATIVE_NAME_4": "Course 4"}, "line 12: ALTERNATIVE NAME 4 is of none of the 3"),
        ({"TITLE": "a\x07b"}, "line 2: TITLE must not hold a control character"),
        ({"without": "NUMBER VOTERS"}, "line 11: an order stands before .* has said NUMBER VOTERS"),
        ({"without": "DATA TYPE"}, "line 11: an order stands before .* has said DATA TYPE"),
    ],
)
def test_a_header_that_does_not_fit_is_told_with_its_line(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(WrongUsage, match=rf"^votes\.soc: {reason}"):
        profile(**changes)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"votes\.soc: its header does not say DATA TYPE, NUMBER ALTERNATIVES"),
        (b"4: 2,1,3\n", r"line 1: an order stands before the header has said DATA TYPE"),
        (b"video_id,views\na,1\n", "line 1: an order stands before the header"),
        (b"# TITLE: one\n# TITLE: two\n", "line 2: says TITLE again, which line 1 says"),
        (b"# TITLE: caf\xe9\n", "line 1: is not UTF-8: has a byte 0xe9"),
        (b"# " + b"x" * 2_000_000 + b"\n", "line 1: the line is longer than"),
        (content(orders=()), "NUMBER VOTERS is 6, but the orders have 0"),
    ],
)
def test_a_file_that_is_none_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(WrongUsage, match=reason):
        profile(data)
