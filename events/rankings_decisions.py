"""What system 4 decides: how contested each topic of a period is, and who gets which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events.decimals import DecimalRule, Quantity
from events.decisions import Decision
from events.fields import Count, Identifier, WholeNumberRule
from events.reconciliation import ReconciliationReport
from events.rules import invalid, shown

POSITION_MAX = 2**31 - 1
TOPICS_MAX = 2_000
"""Topics of a period that are not removed."""

ENTRIES_MAX = 10_000
"""Topics, or students, in one part of a decision; its 64 KiB hold fewer."""

Position = Annotated[int, WholeNumberRule(at_least=1, at_most=POSITION_MAX)]
Percentile = Annotated[Decimal, DecimalRule(at_most=Decimal(100))]
CongestionCategory = Literal["very-high", "high", "medium", "low"]
AssignmentAlgorithm = Literal["hungarian"]


class _OfPeriod(Decision):
    key_field: ClassVar[str] = "period_id"
    constant_key: ClassVar[str | None] = None

    period_id: Identifier = Field(
        description="The selection period; the key of the record.", examples=["autumn-2026"]
    )


class TopicCongestion(BaseModel):
    """How contested a topic is, as of one moment."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    topic_id: Identifier = Field(description="The topic.", examples=["databases"])
    students: Count = Field(description="How many students rank it.", examples=[146])
    average: Quantity | None = Field(
        default=None, description="Their average position; null: nobody ranks it.", examples=[4.006849]
    )
    standard_deviation: Quantity | None = Field(
        default=None, description="Of their positions, all of them being the population.", examples=[2.184857]
    )
    percentile: Percentile | None = Field(
        default=None,
        description="Of the period's other ranked topics so many in a hundred are less contested; ties count "
        "half.",
        examples=[87.5],
    )
    category: CongestionCategory | None = Field(
        default=None,
        description="By average position over the number of topics: up to 0.2, 0.4, 0.6, above.",
        examples=["medium"],
    )


class MetricsCalculated(_OfPeriod):
    """How contested the topics of a period are was calculated; at most once a second, when something changed.

    Parts of one decision may be about several periods, and each stands by itself.
    """

    type: Literal["rankings.metrics_calculated"] = "rankings.metrics_calculated"
    v: Literal[1] = 1
    changes: Count = Field(
        description="How often the period's rankings and topics had changed by then.", examples=[1_460]
    )
    topics: Annotated[tuple[TopicCongestion, ...], Field(max_length=ENTRIES_MAX, strict=False)] = Field(
        description="The topics of this part, by id.",
        examples=[
            [
                {
                    "topic_id": "databases",
                    "students": 146,
                    "average": 4.006849,
                    "standard_deviation": 2.184857,
                    "percentile": 87.5,
                    "category": "medium",
                }
            ]
        ],
    )

    @field_validator("topics")
    @classmethod
    def _names_a_topic_once(cls, topics: tuple[TopicCongestion, ...]) -> tuple[TopicCongestion, ...]:
        refuse_twice("topic", (topic.topic_id for topic in topics))
        return topics


class Assignment(BaseModel):
    """What a student gets."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    student_id: Identifier = Field(description="The student.", examples=["student-7"])
    topic_id: Identifier | None = Field(
        default=None, description="The topic; null where there was no room.", examples=["databases"]
    )
    position: Position | None = Field(
        default=None, description="Where the student had ranked it; null: nowhere.", examples=[2]
    )


class AlgorithmExecuted(_OfPeriod):
    """Topics were given to the students of a period, at the least cost.

    The cost of a topic is the place at which its student ranked it, one more than there are topics where it
    was not ranked, and as much for a student without a topic.
    """

    type: Literal["rankings.algorithm_executed"] = "rankings.algorithm_executed"
    v: Literal[1] = 1
    run: Identifier = Field(
        description="The run, the same in all parts.", examples=["01938f7e-5c00-7a3b-9d2e-4f5061728394"]
    )
    algorithm: AssignmentAlgorithm = Field(description="By which method.", examples=["hungarian"])
    cost: Count = Field(description="The sum of the costs, of all parts.", examples=[347])
    assignments: Annotated[tuple[Assignment, ...], Field(max_length=ENTRIES_MAX, strict=False)] = Field(
        description="What the students of this part get, by id.",
        examples=[[{"student_id": "student-7", "topic_id": "databases", "position": 2}]],
    )

    @field_validator("assignments")
    @classmethod
    def _names_a_student_once(cls, assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
        refuse_twice("student", (assignment.student_id for assignment in assignments))
        return assignments


class Reconciled(ReconciliationReport):
    """Counts of topics were recomputed from the ballots; what had drifted was repaired."""

    type: Literal["rankings.reconciled"] = "rankings.reconciled"
    v: Literal[1] = 1


def refuse_twice(kind: str, ids: Iterable[str]) -> None:
    """Raises the refusal of a field in whose entries one id stands twice."""
    for name, times in Counter(ids).most_common(1):
        if times > 1:
            raise invalid(f"must name a {kind} once, names {shown(name)} {times} times")
