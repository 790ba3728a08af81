"""What the questions of system 4 are answered with: rows of its views."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

TopicOrder: TypeAlias = Literal["average", "students", "percentile", "title", "id"]
"""The most contested first by the first three, alphabetically by the others; ties by id."""

Category: TypeAlias = Literal["very-high", "high", "medium", "low"]


@dataclass(frozen=True)
class PeriodRow:
    """A row of the view ``periods``. ``is_stale``: rankings or topics have moved since ``calculated_at``."""

    period_id: str
    title: str
    open: bool
    opened_at: datetime
    closed_at: datetime | None
    topics: int
    is_stale: bool
    calculated_at: datetime | None
    version: int


@dataclass(frozen=True)
class TopicRow:
    """A topic with how contested it is: counts, average and deviation are live, percentile and category as of
    ``calculated_at``. Positions count from 1, which is best."""

    period_id: str
    topic_id: str
    title: str
    capacity: int
    students: int
    sum_of_positions: int
    average: Decimal | None
    standard_deviation: Decimal | None
    percentile: Decimal | None
    category: str | None
    calculated_at: datetime | None
    is_stale: bool


@dataclass(frozen=True)
class TopicMetrics(TopicRow):
    """``distribution``: how many students have it at the first position, at the second, ..."""

    distribution: list[int]


@dataclass(frozen=True)
class TopicTrendPoint:
    """What was calculated of a topic in an hour: the mean of the averages, and the students as of the last
    calculation."""

    hour: datetime
    average: Decimal | None
    students: int
    calculations: int


@dataclass(frozen=True)
class StudentRow:
    """A row of the view ``students``."""

    student_id: str
    email: str | None
    registered_at: datetime
    version: int


@dataclass(frozen=True)
class RankedTopic:
    """A topic where a student put it."""

    student_id: str
    period_id: str
    topic_id: str
    title: str
    position: int
    previous_position: int | None
    session: str
    updated_at: datetime


@dataclass(frozen=True)
class RankingChange:
    """A topic that a student moved; the changes of a period are numbered from 1. ``previous_mismatch``: it
    did not stand where the student saw it. ``undone``: its session was taken back."""

    number: int
    topic_id: str
    title: str
    old_position: int | None
    new_position: int | None
    session: str
    at: datetime
    event_id: str
    previous_mismatch: bool
    undone: bool


@dataclass(frozen=True)
class AssignmentRun:
    """A run of the assignment: its cost, how many students there were, and how many of them got a topic."""

    period_id: str
    run: str
    algorithm: str
    cost: int
    at: datetime
    students: int
    assigned: int


@dataclass(frozen=True)
class AssignedTopic:
    """What a student got in a run: no topic where there was no room, no position where it was not ranked."""

    run: str
    student_id: str
    topic_id: str | None
    title: str | None
    position: int | None
