"""Decisions of system 4 over a simulated log: metrics by the second, assignments and reconciliations."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from events.decisions import decision_id
from events.envelope import Event
from events.errors import WrongUsage
from events.rankings import PeriodOpened, RankingsUpdated, TopicCreated, TopicRemoved
from streams.decisions import DecisionPlace, DecisionRule, Outcome, decide, decided_events
from streams.folds.rankings import RECONCILING, calculating
from streams.folds.rankings.assigning import assigning
from tests.integration.deciding import CLOSES_AFTER, Deciding
from tests.integration.generations_setting import another, folded
from tests.integration.rules_setting import AT, everything, record
from tests.simulation.random_streams import Instruction

PARTITIONS: Final = 3
SECOND: Final = timedelta(seconds=1)
TOPICS: Final = 6
STUDENTS: Final = 20
PERIODS: Final = ("autumn", "spring", "winter")
SCHEMA: Final = ["rankings_g1"]
WRITTEN: Final = (
    "SELECT nominal_time, convert_from(record_key, 'UTF8'), convert_from(record_value, 'UTF8')"
    " FROM groundswell.outbox WHERE decision = 'metrics_calculated' ORDER BY nominal_time, part"
)
STALE: Final = "SELECT count(*) FROM rankings.periods WHERE is_stale"
PLANTED: Final = {
    "sum": ("UPDATE {}.topic_counts SET sum_of_positions = 1 WHERE topic_id = 't1'", "topic_counts"),
    "student too many": ("UPDATE {}.topic_counts SET students = students + 1", "topic_counts"),
    "topic gone": ("DELETE FROM {}.topic_counts WHERE topic_id = 't2'", "topic_counts"),
    "topic of nobody": ("INSERT INTO {}.topic_counts VALUES ('autumn', 'ghost', 1, 1, 1)", "topic_counts"),
    "position": ("UPDATE {}.topic_positions SET students = 99 WHERE position = 3", "topic_positions"),
    "position gone": ("DELETE FROM {}.topic_positions WHERE topic_id = 't3'", "topic_positions"),
}

Written = tuple[Any, str, dict[str, Any]]
"""A calculation in the outbox: its nominal time, its record's key, itself."""


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is a whole second; nothing is reconciled before the next night."""
    started = await Deciding.start(postgres, AT + CLOSES_AFTER, PARTITIONS, "rankings")
    await started.has_reconciled(AT)
    yield started
    await started.end()


def told(event: Event) -> Instruction:
    return record(event, PARTITIONS)


def announced(period_id: str, topics: int = TOPICS, **fields: Any) -> list[Instruction]:
    events: list[Event] = [PeriodOpened.new(at=AT, period_id=period_id, title=period_id)]
    events += [
        TopicCreated.new(at=AT, period_id=period_id, topic_id=f"t{n}", title=f"Topic {n}", **fields)
        for n in range(topics)
    ]
    return [told(event) for event in events]


def moved(period_id: str, student: str, positions: dict[str, int | None]) -> Instruction:
    updates = [{"topic_id": topic, "position": position} for topic, position in positions.items()]
    return told(
        RankingsUpdated.new(at=AT, period_id=period_id, student_id=student, session="s", updates=updates)
    )


def ballots(period_id: str, seed: int = 5) -> list[Instruction]:
    print(f"seed {seed}")
    choose = Random(seed)
    return [
        moved(
            period_id,
            f"student {n}",
            {f"t{topic}": place for place, topic in enumerate(choose.sample(range(TOPICS), TOPICS), 1)},
        )
        for n in range(STUDENTS)
    ]


async def written(deciding: Deciding) -> list[Written]:
    rows = await (await deciding.connection.execute(WRITTEN)).fetchall()
    return [(at, period, json.loads(text, parse_float=Decimal)) for at, period, text in rows]


async def tick(deciding: Deciding, seconds: int = 0) -> None:
    """So much later the leader looks whether anything is due; what it decides is not published yet."""
    deciding.clock.advance(seconds * SECOND)
    await deciding.leader.tick(deciding.connection)


async def publish_and_fold(deciding: Deciding) -> None:
    await deciding.relay()
    await deciding.owner.catch_up()


def place_of(deciding: Deciding) -> DecisionPlace:
    return DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)


async def decided_now(deciding: Deciding, decision: DecisionRule) -> list[dict[str, Any]]:
    """The parts of a decision by command."""
    deciding.clock.advance(timedelta(microseconds=1))
    asked_at, place = deciding.clock.at, place_of(deciding)
    assert await decide(deciding.connection, place, decision, asked_at) is Outcome.DECIDED
    return await decided_events(deciding.connection, place, decision, asked_at)


async def test_a_period_that_changed_is_calculated_and_stale_until_that_is_folded(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn"), *ballots("autumn"))
    assert await deciding.value(STALE) == 1
    await tick(deciding)
    ((at, key, event),) = await written(deciding)
    assert (at, key, event["period_id"]) == (deciding.clock.at, "autumn", "autumn")
    assert UUID(event["id"]) == decision_id("rankings.metrics_calculated", at, 0)
    assert [topic["topic_id"] for topic in event["topics"]] == [f"t{n}" for n in range(TOPICS)]
    assert all(topic["students"] == STUDENTS for topic in event["topics"])
    assert await deciding.value(STALE) == 1
    await publish_and_fold(deciding)
    assert await deciding.value(STALE) == 0
    shown = await (
        await deciding.connection.execute(
            "SELECT topic_id, students, average, standard_deviation, percentile, category"
            " FROM rankings.topic_metrics WHERE period_id = 'autumn' ORDER BY topic_id"
        )
    ).fetchall()
    assert shown == [tuple(topic.values()) for topic in event["topics"]]


async def test_it_is_at_most_once_a_second_and_not_before_the_last_is_folded(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn"))
    for _ in range(3):
        await tick(deciding)
    assert len(await written(deciding)) == 1
    await deciding.tell(moved("autumn", "ada", {"t1": 1}))
    await tick(deciding, 1)
    await tick(deciding, 1)
    assert len(await written(deciding)) == 1, "the one before is not folded"
    await publish_and_fold(deciding)
    assert await deciding.value(STALE) == 1
    await tick(deciding)
    await publish_and_fold(deciding)
    assert await deciding.value(STALE) == 0
    for _ in range(5):
        await tick(deciding, 1)
    assert [event["changes"] for _, _, event in await written(deciding)] == [TOPICS, TOPICS + 1]


async def test_what_is_decided_and_never_folded_is_decided_again_a_minute_later(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn"))
    await tick(deciding)
    await tick(deciding, 59)
    assert len(await written(deciding)) == 1
    await tick(deciding, 1)
    assert len(await written(deciding)) == 2


async def test_all_periods_that_changed_are_parts_of_one_decision(deciding: Deciding) -> None:
    for period_id in PERIODS:
        await deciding.tell(*announced(period_id), *ballots(period_id))
    await deciding.tell(told(PeriodOpened.new(at=AT, period_id="empty", title="No topics, no changes")))
    await tick(deciding)
    found = await written(deciding)
    assert [(key, event["part"], event["parts"]) for _, key, event in found] == [
        (period_id, part, len(PERIODS)) for part, period_id in enumerate(PERIODS)
    ]
    await publish_and_fold(deciding)
    await deciding.tell(
        told(TopicRemoved.new(at=AT, period_id="spring", topic_id="t0")),
        moved("winter", "ada", {"t0": 1}),
    )
    await tick(deciding, 1)
    assert [key for _, key, _ in (await written(deciding))[len(PERIODS) :]] == ["spring", "winter"]


async def test_who_has_waited_longest_comes_first(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments: Any = calculating.METRICS_CALCULATION.arguments
    monkeypatch.setitem(arguments, "periods_max", 1)
    for period_id in PERIODS:
        await deciding.tell(*announced(period_id))
    for _ in range(4):
        await tick(deciding, 1)
        await publish_and_fold(deciding)
        await deciding.tell(moved("autumn", f"student at {deciding.clock.at}", {"t0": 1}))
    assert [key for _, key, _ in await written(deciding)] == [*PERIODS, "autumn"]


@pytest.mark.parametrize(
    ("topics_max", "together"),
    [(TOPICS - 1, [["autumn"], ["spring"], ["winter"]]), (2 * TOPICS, [["autumn", "spring"], ["winter"]])],
)
async def test_periods_with_very_many_topics_are_calculated_one_after_the_other(
    topics_max: int, together: list[list[str]], deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments: Any = calculating.METRICS_CALCULATION.arguments
    monkeypatch.setitem(arguments, "topics_max", topics_max)
    for period_id in PERIODS:
        await deciding.tell(*announced(period_id))
    decided: dict[Any, list[str]] = {}
    for _ in together:
        await tick(deciding, 1)
        await publish_and_fold(deciding)
    for at, key, _ in await written(deciding):
        decided.setdefault(at, []).append(key)
    assert list(decided.values()) == together


async def test_trends_and_metrics_are_the_same_in_a_rebuild(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn", capacity=4))
    for number, ballot in enumerate(ballots("autumn")):
        await deciding.tell(ballot)
        await tick(deciding, 1 if number % 3 else 600)
        await publish_and_fold(deciding)
    await decided_now(deciding, assigning("autumn", "hungarian"))
    await publish_and_fold(deciding)
    assert await deciding.value("SELECT sum(calculations) FROM rankings.topic_trends") > STUDENTS
    assert await deciding.value("SELECT count(*) FROM rankings.assignments") == STUDENTS
    rebuilt = await another(deciding.url, deciding.engine)
    await (await folded(deciding.url, rebuilt, deciding.log)).die()
    live = await everything(deciding.url, SCHEMA)
    again = await everything(deciding.url, [rebuilt.generation.schema])
    assert [*live.values()] == [again[name.replace("rankings_g1", "rankings_g2")] for name in live]


async def test_topics_are_given_at_the_least_cost_and_each_run_is_kept(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn", capacity=STUDENTS // TOPICS), *ballots("autumn"))
    (first,) = await decided_now(deciding, assigning("autumn", "hungarian"))
    (second,) = await decided_now(deciding, assigning("autumn", "hungarian"))
    assert first["run"] == first["id"] != second["run"]
    assert first["assignments"] == second["assignments"]
    await publish_and_fold(deciding)
    runs = await (
        await deciding.connection.execute(
            "SELECT run, algorithm, cost, students, assigned FROM rankings.assignment_runs ORDER BY at"
        )
    ).fetchall()
    given = STUDENTS // TOPICS * TOPICS
    assert runs == [(event["run"], "hungarian", event["cost"], STUDENTS, given) for event in (first, second)]
    position = (
        "SELECT count(*) FROM rankings.assignments AS a"
        " LEFT JOIN rankings.rankings AS r USING (period_id, student_id, topic_id)"
        " WHERE a.position IS DISTINCT FROM r.position"
    )
    assert await deciding.value(position) == 0


async def test_what_cannot_be_assigned_is_wrong_usage(deciding: Deciding) -> None:
    await deciding.tell(*announced("autumn"), *announced("empty", topics=0))
    place = place_of(deciding)
    for period_id, says in (("none", "not known"), ("empty", "0 topics"), ("autumn", "0 students")):
        with pytest.raises(WrongUsage, match=says):
            await decide(deciding.connection, place, assigning(period_id, "hungarian"), deciding.clock.at)


@pytest.mark.parametrize("name", PLANTED)
async def test_drift_is_repaired_and_told(name: str, deciding: Deciding) -> None:
    for period_id in PERIODS:
        await deciding.tell(*announced(period_id), *ballots(period_id))
    before = await everything(deciding.url, SCHEMA)
    statement, table = PLANTED[name]
    planted = await deciding.connection.execute(statement.format(*SCHEMA).encode())
    assert planted.rowcount > 0
    (report,) = await decided_now(deciding, RECONCILING(7))
    assert await everything(deciding.url, SCHEMA) == before
    assert report["drifted"] == report["repaired"] == planted.rowcount
    assert {detail["table"] for detail in report["details"]} == {table}
    (again,) = await decided_now(deciding, RECONCILING(7))
    assert again["drifted"] == 0
    assert again["checked"] == report["checked"] - (name == "topic of nobody")
    await publish_and_fold(deciding)
    assert await deciding.value("SELECT sum(repaired) FROM rankings.reconciliations") == planted.rowcount
