"""Decisions: what the clock or several partitions together decide, once, as events that the engine writes.

A decision is named by its type, its nominal time and its part; its id derives from these, so that writing it
twice is a duplicate. Decisions of a system have one key, so that they have one order; those about one subject
may have the subject's, so that they have their place among the events about it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from events.envelope import Event
from events.fields import WholeNumberRule
from events.instants import WholeHour
from events.refusals import Refused
from events.structs import EventStruct

DECISIONS_KEY = "decisions"
"""The key of the record of a decision, where it is not that of a subject."""
PARTS_MAX = 1_000
_IDS = UUID("6f6dbb7c-4d9e-4a33-9a2f-2b9f9a4c7f10")

Part = Annotated[int, WholeNumberRule(at_least=0, at_most=PARTS_MAX - 1)]
Parts = Annotated[int, WholeNumberRule(at_least=1, at_most=PARTS_MAX)]


def decision_id(type_name: str, nominal_time: datetime, part: int) -> UUID:
    """The id of the event that holds this part of the decision."""
    return uuid5(_IDS, f"{type_name}:{nominal_time.astimezone(UTC).isoformat()}:{part}")


class Decision(Event):
    """Something was decided; `at` is the nominal time, whenever it was written down.

    A decision too large for one event comes in parts, which count together. One about a subject names the
    field of its key and takes `constant_key` back to None.
    """

    decision: ClassVar[bool] = True
    key_field: ClassVar[str] = ""
    constant_key: ClassVar[str | None] = DECISIONS_KEY

    part: Part = Field(description="Which part of the decision this is, from 0.", examples=[0])
    parts: Parts = Field(description="How many parts the decision has.", examples=[1])

    @model_validator(mode="after")
    def _is_one_of_the_parts(self) -> Self:
        if self.part >= self.parts:
            raise PydanticCustomError(
                "invalid_field",
                "must be below parts ({parts}), is {part}",
                {"field": "part", "parts": self.parts, "part": self.part},
            )
        return self


class HourDecision(Decision):
    """Something was decided about an hour, as of its end."""

    hour: WholeHour = Field(
        description="The hour, by its beginning; `at` is its end.", examples=["2026-11-21T09:00:00Z"]
    )

    @model_validator(mode="after")
    def _is_decided_as_of_its_end(self) -> Self:
        if self.at != self.hour + timedelta(hours=1):
            raise PydanticCustomError(
                "invalid_field",
                "must be the hour before at ({at}), is {hour}",
                {"field": "hour", "at": self.at.isoformat(), "hour": self.hour.isoformat()},
            )
        return self


def forged(event: EventStruct) -> Refused | None:
    """Why a decision is none of the engine's: its id does not derive from what it says it decides."""
    if event.decision and event.id != decision_id(event.type, event.at, event.part):
        reason = f"is not that of part {event.part} of {event.type} of {event.at.isoformat()}"
        return Refused("not_a_decision", "id", f"{reason}: decisions are made by the engine")
    return None


def refused_to_producers(event: EventStruct) -> Refused | None:
    """Why a producer cannot publish the event: the engine alone decides."""
    if event.decision:
        return Refused("not_a_decision", "type", f"{event.type} is decided by the engine, not published")
    return None
