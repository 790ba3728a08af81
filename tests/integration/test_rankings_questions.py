"""Every question of system 4, answered as worked out by hand."""

from decimal import Decimal
from typing import Any, Final

import pytest

from events.errors import WrongUsage
from projections.pages import Page
from projections.rankings.answers import (
    AssignedTopic,
    AssignmentRun,
    RankedTopic,
    TopicMetrics,
    TopicTrendPoint,
)
from projections.rankings.reader import Reader
from tests.integration.paging import in_pages
from tests.integration.plans import EXPLAINED, Explained
from tests.integration.rankings_setting import small_world
from tests.integration.small_worlds import for_the_file, reader_of_database
from tests.unit.rankings_driver import BASE, HOUR, PERIOD

TEN: Final = BASE.replace(minute=0)
BIG: Final = frozenset(
    {
        "students", "periods", "topics", "ballots", "changes", "undos", "topic_counts", "topic_positions",
        "topic_trends", "assignment_runs", "assignments",
    }
)  # fmt: skip
"""Tables that grow with what students do."""


class PlanReader(Explained, Reader):
    """Keeps the plan of each statement."""

    session = f"{Reader.session} {EXPLAINED}"


database = for_the_file(small_world)
reader = reader_of_database(Reader)


async def test_a_periods_topics_are_listed_in_each_order(reader: Reader) -> None:
    """bio and che tie: then the id decides. What nobody ranks is last."""
    orders: dict[Any, list[str]] = {
        "average": ["bio", "che", "alg", "dom"],
        "students": ["alg", "bio", "che", "dom"],
        "percentile": ["che", "bio", "alg", "dom"],
        "title": ["bio", "che", "dom", "alg"],
        "id": ["alg", "bio", "che", "dom"],
    }
    for sort, names in orders.items():
        found = await reader.topics(PERIOD, sort=sort)
        assert [row.topic_id for row in found] == names, sort
        assert await reader.topics(PERIOD, sort=sort, limit=2, offset=1) == found[1:3], sort
    assert await reader.topics("none") == []


async def test_a_periods_topics_are_listed_by_category(reader: Reader) -> None:
    categories: dict[Any, list[str]] = {"high": ["bio", "che"], "medium": ["alg"], "low": []}
    for category, names in categories.items():
        assert [row.topic_id for row in await reader.topics(PERIOD, category=category)] == names


async def test_a_topic_is_told_as_it_is_now_and_as_it_was_calculated(reader: Reader) -> None:
    """Of the positions 2, 1 and 2 the mean is 5/3 and the deviation the root of 2/9."""
    assert await reader.metrics(PERIOD, "alg") == TopicMetrics(
        period_id=PERIOD,
        topic_id="alg",
        title="Zen of algorithms",
        capacity=2,
        students=3,
        sum_of_positions=5,
        average=Decimal("1.666667"),
        standard_deviation=Decimal("0.471405"),
        percentile=Decimal(0),
        category="medium",
        calculated_at=BASE,
        is_stale=True,
        distribution=[1, 2, 0, 0],
    )
    nobody = await reader.metrics(PERIOD, "dom")
    assert nobody is not None
    assert (nobody.students, nobody.average, nobody.standard_deviation, nobody.percentile) == (0, *[None] * 3)
    assert nobody.distribution == [0, 0, 0, 0]
    assert await reader.metrics(PERIOD, "old") is None
    assert await reader.metrics("none", "alg") is None


async def test_periods_are_listed_by_id(reader: Reader) -> None:
    found = await in_pages(lambda n, c: reader.periods(limit=n, cursor=c), 1)
    assert [(row.period_id, row.open, row.topics, row.is_stale, row.closed_at) for row in found] == [
        (PERIOD, True, 4, True, None),
        ("spring", False, 1, False, BASE),
    ]
    assert await reader.period(PERIOD) == found[0]
    assert await reader.period("none") is None


async def test_a_trend_has_the_hours_in_which_something_was_calculated(reader: Reader) -> None:
    before = TopicTrendPoint(TEN - HOUR, Decimal(2), 2, 1)
    now = TopicTrendPoint(TEN, Decimal(3), 2, 1)

    assert await reader.trends(PERIOD, "alg") == [before, now]
    assert await reader.trends(PERIOD, "alg", hours=1) == [now]
    assert await reader.trends(PERIOD, "alg", until=TEN) == [before]
    assert await reader.trends(PERIOD, "old") == []
    (of_nobody,) = await reader.trends(PERIOD, "dom", until=TEN)
    assert of_nobody == TopicTrendPoint(TEN - HOUR, None, 0, 1)


async def test_what_a_student_ranks_is_listed_by_periods_and_positions(reader: Reader) -> None:
    ada = await reader.rankings_of("ada")
    assert ada.rows == [
        RankedTopic("ada", PERIOD, "bio", "Biology", 1, 2, "s2", BASE),
        RankedTopic("ada", PERIOD, "alg", "Zen of algorithms", 2, 1, "s2", BASE),
    ]
    eve = (await reader.rankings_of("eve")).rows
    assert [(row.period_id, row.topic_id, row.position, row.session) for row in eve] == [
        (PERIOD, "che", 1, "s1"),
        (PERIOD, "alg", 2, "s1"),
        ("spring", "ski", 1, "s1"),
    ]
    assert (await reader.rankings_of("eve", "spring")).rows == eve[2:]
    for limit in (1, 2):
        assert await in_pages(lambda n, c: reader.rankings_of("eve", limit=n, cursor=c), limit) == eve
    assert (await reader.rankings_of("zoe")).rows == []


async def test_a_history_is_told_from_the_newest_change_on(reader: Reader) -> None:
    async def ask(limit: int, cursor: str | None) -> Page[Any]:
        return await reader.history("ada", PERIOD, limit=limit, cursor=cursor)

    found = (await ask(100, None)).rows
    assert [(row.topic_id, row.old_position, row.new_position, row.previous_mismatch) for row in found] == [
        ("alg", 1, 2, True),
        ("bio", 2, 1, False),
        ("bio", None, 2, False),
        ("alg", None, 1, False),
    ]
    assert [row.session for row in found] == ["s2", "s2", "s1", "s1"]
    assert await in_pages(ask, 3) == found
    eve = (await reader.history("eve", PERIOD)).rows
    assert [(row.topic_id, row.session, row.undone) for row in eve] == [
        ("che", "oops", True),
        ("alg", "s1", False),
        ("che", "s1", False),
    ]


async def test_a_student_is_known_once_registered(reader: Reader) -> None:
    ada = await reader.student("ada")
    assert ada is not None
    assert (ada.email, ada.registered_at) == ("ada@students.example", BASE)
    assert await reader.student("eve") is None


async def test_the_newest_run_of_the_assignment_is_told_unless_another_is_named(reader: Reader) -> None:
    async def ask(limit: int, cursor: str | None) -> Page[Any]:
        return await reader.assignments(PERIOD, limit=limit, cursor=cursor)

    second = [
        AssignedTopic("second", "ada", "bio", "Biology", 1),
        AssignedTopic("second", "bob", None, None, None),
        AssignedTopic("second", "eve", "dom", "Dominoes", None),
    ]
    assert (await ask(100, None)).rows == second == await in_pages(ask, 1)
    first = (await reader.assignments(PERIOD, run="first")).rows
    assert [(row.student_id, row.topic_id) for row in first] == [("ada", "bio"), ("eve", "alg")]
    assert (await reader.assignments(PERIOD, run="none")).rows == []
    assert (await reader.assignments("spring")).rows == []
    assert await in_pages(lambda n, c: reader.assignment_runs(PERIOD, limit=n, cursor=c), 1) == [
        AssignmentRun(PERIOD, "second", "hungarian", 11, BASE, 3, 2),
        AssignmentRun(PERIOD, "first", "hungarian", 3, BASE - HOUR, 2, 2),
    ]


async def test_what_cannot_be_asked_is_named(reader: Reader) -> None:
    bad: Any = "worst"
    for asked, said in (
        (reader.topics(PERIOD, sort=bad), "sort must be one of average, students, percentile, title, id"),
        (reader.topics(PERIOD, category=bad), "category must be one of very-high, high, medium, low"),
        (reader.topics(PERIOD, limit=1_001), "limit must be from 1 to 1000"),
        (reader.topics(PERIOD, offset=-1), "offset must be from 0"),
        (reader.metrics(PERIOD, ""), "topic_id must not be empty"),
        (reader.trends(PERIOD, "alg", hours=745), "hours must be from 1 to 744"),
        (reader.trends(PERIOD, "alg", until=BASE), "until must be a whole hour"),
        (reader.history("ada", PERIOD, cursor="x"), "none of this list"),
        (reader.assignments(PERIOD, run=""), "run must not be empty"),
    ):
        with pytest.raises(WrongUsage, match=said):
            await asked


async def test_every_question_is_an_indexed_read(database: str) -> None:
    async with PlanReader(database) as reader:
        ranked = await reader.rankings_of("eve", limit=1)
        changed = await reader.history("ada", PERIOD, limit=1)
        given = await reader.assignments(PERIOD, limit=1)
        questions: dict[str, Any] = {
            "period": reader.period(PERIOD),
            "periods": reader.periods(),
            "topics": reader.topics(PERIOD),
            "metrics": reader.metrics(PERIOD, "alg"),
            "trends": reader.trends(PERIOD, "alg"),
            "student": reader.student("ada"),
            "rankings": reader.rankings_of("eve"),
            "rankings in a period": reader.rankings_of("eve", PERIOD),
            "rankings, next": reader.rankings_of("eve", cursor=ranked.next_cursor),
            "history": reader.history("ada", PERIOD),
            "history, next": reader.history("ada", PERIOD, cursor=changed.next_cursor),
            "runs": reader.assignment_runs(PERIOD),
            "assignments": reader.assignments(PERIOD),
            "assignments, next": reader.assignments(PERIOD, cursor=given.next_cursor),
        }
        assert not await reader.wrong_reads(questions, BIG)
