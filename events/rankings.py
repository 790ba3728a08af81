"""System 4, rankings: students rank the topics of a period, 1 is best; each topic shows how contested it is.

Topic `groundswell.rankings`. The key is the period's id, as a period orders everything in it, or the
student's where one is registered.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events.capacities import CAPACITY_MAX
from events.catalogue import System
from events.envelope import Event, PartialEvent
from events.fields import Identifier, NotNull, TextRule, UniqueItems, WholeNumberRule

# A producer finds all types of the system here.
from events.rankings_decisions import AlgorithmExecuted as AlgorithmExecuted
from events.rankings_decisions import MetricsCalculated as MetricsCalculated
from events.rankings_decisions import Position, refuse_twice
from events.rankings_decisions import Reconciled as Reconciled

EMAIL_CHARACTERS_MAX = 254
TITLE_CHARACTERS_MAX = 300
UPDATES_MAX = 1_000

Email = Annotated[str, TextRule(characters_min=1, characters_max=EMAIL_CHARACTERS_MAX)]
Title = Annotated[str, TextRule(characters_min=1, characters_max=TITLE_CHARACTERS_MAX)]
Capacity = Annotated[int, WholeNumberRule(at_least=1, at_most=CAPACITY_MAX)]


class _OfPeriod(Event):
    key_field: ClassVar[str] = "period_id"

    period_id: Identifier = Field(
        description="The selection period; the key of the record.", examples=["autumn-2026"]
    )


class _OfTopic(_OfPeriod):
    topic_id: Identifier = Field(description="The topic, unique in its period.", examples=["databases"])


class _OfSession(_OfPeriod):
    student_id: Identifier = Field(description="The student.", examples=["student-7"])
    session: Identifier = Field(
        description="The student's session: what it changed can be taken back together.",
        examples=["session-7"],
    )


class StudentRegistered(Event):
    """A student is known, under that address if one is given; the last one counts."""

    key_field: ClassVar[str] = "student_id"

    type: Literal["rankings.student_registered"] = "rankings.student_registered"
    v: Literal[1] = 1
    student_id: Identifier = Field(description="The student; the key of the record.", examples=["student-7"])
    email: Email | None = Field(
        default=None, description="Where to write to them.", examples=["ada@students.example"]
    )


class PeriodOpened(_OfPeriod):
    """Topics can be ranked in the period from now on, also again after it was closed."""

    type: Literal["rankings.period_opened"] = "rankings.period_opened"
    v: Literal[1] = 1
    title: Title = Field(description="What people call the period.", examples=["Autumn 2026"])


class PeriodClosed(_OfPeriod):
    """Rankings of the period stay as they are."""

    type: Literal["rankings.period_closed"] = "rankings.period_closed"
    v: Literal[1] = 1
    title: Title | None = Field(
        default=None, description="Another title; left out, it stays.", examples=["Autumn 2026 (closed)"]
    )


class TopicCreated(_OfTopic):
    """A topic can be ranked; announced again it stands as said last."""

    type: Literal["rankings.topic_created"] = "rankings.topic_created"
    v: Literal[1] = 1
    title: Title = Field(description="What people call the topic.", examples=["Databases"])
    capacity: Capacity = Field(default=1, description="How many students can get it.", examples=[17])


class TopicChanged(_OfTopic, PartialEvent):
    """A topic was changed: what is left out stays as it was."""

    type: Literal["rankings.topic_changed"] = "rankings.topic_changed"
    v: Literal[1] = 1
    title: Annotated[Title | None, NotNull()] = Field(
        default=None, description="The new title.", examples=["Databases and streams"]
    )
    capacity: Annotated[Capacity | None, NotNull()] = Field(
        default=None, description="How many students can get it from now on.", examples=[20]
    )


class TopicRemoved(_OfTopic):
    """A topic was removed: nobody ranks it any more; what comes later for it is refused."""

    type: Literal["rankings.topic_removed"] = "rankings.topic_removed"
    v: Literal[1] = 1


class RankingUpdate(BaseModel):
    """Where a student puts a topic."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    topic_id: Identifier = Field(description="The topic.", examples=["databases"])
    position: Position | None = Field(
        description="Its place, 1 is best, at most as many as there are topics; null: not ranked any more.",
        examples=[1],
    )
    previous: Position | None = Field(
        default=None,
        description="Where the student saw it before, null for nowhere. A place that it was not at is "
        "recorded with the change; left out, nothing is compared.",
        examples=[3],
    )

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        """As it is written: a place before that was left out stays left out, as null says something else."""
        for name, value in super().__iter__():
            if name in self.model_fields_set:
                yield name, value

    @property
    def names_previous(self) -> bool:
        """Whether it says where the topic stood before."""
        return "previous" in self.model_fields_set


class RankingsUpdated(_OfSession):
    """A student moved topics: one change, all of it or nothing.

    Refused when two topics came to stand at one place, when a place is beyond the number of topics, or when
    the period is closed.
    """

    type: Literal["rankings.rankings_updated"] = "rankings.rankings_updated"
    v: Literal[1] = 1
    updates: Annotated[tuple[RankingUpdate, ...], UniqueItems(items_max=UPDATES_MAX)] = Field(
        description="Where topics stand now, each topic once; others stay where they are.",
        examples=[[{"topic_id": "databases", "position": 1, "previous": 3}]],
    )

    @field_validator("updates")
    @classmethod
    def _names_a_topic_once(cls, updates: tuple[RankingUpdate, ...]) -> tuple[RankingUpdate, ...]:
        refuse_twice("topic", (update.topic_id for update in updates))
        return updates


class RankingsUndone(_OfSession):
    """A session's changes are taken back: each of its topics stands again where it did before them.

    Refused when another session changed one of the topics since.
    """

    type: Literal["rankings.rankings_undone"] = "rankings.rankings_undone"
    v: Literal[1] = 1


SYSTEM = System(
    name="rankings",
    types=(
        StudentRegistered,
        PeriodOpened,
        PeriodClosed,
        TopicCreated,
        TopicChanged,
        TopicRemoved,
        RankingsUpdated,
        RankingsUndone,
        MetricsCalculated,
        AlgorithmExecuted,
        Reconciled,
    ),
)
