"""The fold of system 4 in a driver, with events of its types in one line each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from events.decisions import decision_id
from events.rankings import (
    AlgorithmExecuted,
    MetricsCalculated,
    PeriodClosed,
    PeriodOpened,
    RankingsUndone,
    RankingsUpdated,
    StudentRegistered,
    TopicChanged,
    TopicCreated,
    TopicRemoved,
)
from projections.rankings.rows import Ballot, Period, RankingChange, Topic
from projections.rankings.tables import BALLOTS, CHANGES, PERIODS, TOPICS
from streams.folds.rankings import SYSTEM
from tests.unit.fold_driver import FoldDriver
from tests.unit.made_events import BASE as BASE
from tests.unit.made_events import HOUR as HOUR
from tests.unit.made_events import struct

PERIOD: Final = "autumn"


def rankings_driver(*topic_ids: str) -> FoldDriver:
    """A partition of system 4: an open period with these topics, or nothing at all."""
    driver = FoldDriver(SYSTEM.fold, {})
    if topic_ids:
        driver.given(opened(), *map(topic, topic_ids))
        driver.outcomes.clear()
    return driver


def period_of(driver: FoldDriver) -> Period:
    """The period's row."""
    row: Period = driver.rows[PERIODS][(PERIOD,)]
    return row


def topic_of(driver: FoldDriver, topic_id: str) -> Topic:
    """The topic's row."""
    row: Topic = driver.rows[TOPICS][(PERIOD, topic_id)]
    return row


def ballot_of(driver: FoldDriver, student_id: str = "ada") -> Ballot:
    """The student's ballot."""
    row: Ballot = driver.rows[BALLOTS][(PERIOD, student_id)]
    return row


def ranked(driver: FoldDriver, student_id: str = "ada") -> dict[str, int]:
    """Where the student ranks what."""
    return {
        entry.topic_id: entry.position
        for entry in ballot_of(driver, student_id).entries
        if entry.position is not None
    }


def changes_of(driver: FoldDriver, student_id: str = "ada") -> list[RankingChange]:
    """The student's changes, in order."""
    return [row for key, row in sorted(driver.rows[CHANGES].items()) if key[1] == student_id]


def student(student_id: str = "ada", **fields: Any) -> Any:
    """A student is registered."""
    return struct(StudentRegistered, student_id=student_id, **fields)


def opened(title: str = "Autumn", **fields: Any) -> Any:
    """The period is opened."""
    return struct(PeriodOpened, **{"period_id": PERIOD, "title": title, **fields})


def closed(**fields: Any) -> Any:
    """The period is closed."""
    return struct(PeriodClosed, **{"period_id": PERIOD, **fields})


def topic(topic_id: str, title: str = "A topic", **fields: Any) -> Any:
    """A topic is announced."""
    return struct(TopicCreated, **{"period_id": PERIOD, "topic_id": topic_id, "title": title, **fields})


def topic_changed(topic_id: str, **fields: Any) -> Any:
    """A topic is changed in part."""
    return struct(TopicChanged, **{"period_id": PERIOD, "topic_id": topic_id, **fields})


def topic_removed(topic_id: str, **fields: Any) -> Any:
    """A topic is removed."""
    return struct(TopicRemoved, **{"period_id": PERIOD, "topic_id": topic_id, **fields})


def moved(
    positions: Mapping[str, int | None],
    student_id: str = "ada",
    session: str = "s1",
    previous: Mapping[str, int | None] | None = None,
    **fields: Any,
) -> Any:
    """A student puts topics at these positions, in that order."""
    known = previous or {}
    updates = [
        {"topic_id": name, "position": position} | ({"previous": known[name]} if name in known else {})
        for name, position in positions.items()
    ]
    named = {"period_id": PERIOD, "student_id": student_id, "session": session}
    return struct(RankingsUpdated, **{**named, "updates": updates, **fields})


def undone(student_id: str = "ada", session: str = "s1", **fields: Any) -> Any:
    """A student takes a session back."""
    named = {"period_id": PERIOD, "student_id": student_id, "session": session}
    return struct(RankingsUndone, **{**named, **fields})


def calculated(changes: int, topics: list[dict[str, Any]], at: datetime = BASE, **fields: Any) -> Any:
    """The engine calculated this, in one part."""
    return _decided(MetricsCalculated, at, {"changes": changes, "topics": topics, **fields})


def executed(
    assignments: list[tuple[str, str | None, int | None]], at: datetime = BASE, **fields: Any
) -> Any:
    """The engine gave these topics, in one part."""
    given = [
        {"student_id": who, "topic_id": what, "position": position} for who, what, position in assignments
    ]
    run = {"run": "run 1", "algorithm": "hungarian", "cost": 0, "assignments": given}
    return _decided(AlgorithmExecuted, at, {**run, **fields})


def _decided(model: Any, at: datetime, fields: dict[str, Any]) -> Any:
    whole = {"period_id": PERIOD, "part": 0, "parts": 1, "at": at, "actor_type": "system", **fields}
    return struct(model, **{"id": decision_id(model.type_name(), at, whole["part"]), **whole})
