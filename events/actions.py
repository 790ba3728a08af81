"""System 1, actions: a wave is a campaign, ripples are its initiatives, users join them and log actions.

Topic `groundswell.actions`. The key is the wave's id, so that a wave's events keep their order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from events.catalogue import System
from events.decimals import Multiplier, Quantity
from events.decisions import HourDecision
from events.envelope import Event, PartialEvent
from events.fields import (
    BucketName,
    Count,
    Identifier,
    NotNull,
    TextRule,
    UniqueItems,
    WholeNumberRule,
)
from events.instants import WholeHour

TITLE_CHARACTERS_MAX = 200
WHAT_WE_COUNT_CHARACTERS_MAX = 500
UNIT_CHARACTERS_MAX = 60
NOTE_CHARACTERS_MAX = 120
ALLOWED_BUCKETS_MAX = 100
BOOST_POINTS_MAX = 1_000
CLOSED_RIPPLES_MAX = 1_000
WEIGHT_BACK_MAX = timedelta(days=31)
WEIGHT_AHEAD_MAX = timedelta(days=366)

Title = Annotated[str, TextRule(characters_min=1, characters_max=TITLE_CHARACTERS_MAX)]
WhatWeCount = Annotated[str, TextRule(characters_max=WHAT_WE_COUNT_CHARACTERS_MAX)]
Unit = Annotated[str, TextRule(characters_max=UNIT_CHARACTERS_MAX)]
Note = Annotated[str, TextRule(characters_max=NOTE_CHARACTERS_MAX)]
Points = Annotated[int, WholeNumberRule(at_least=1, at_most=BOOST_POINTS_MAX)]
Rank = Annotated[int, WholeNumberRule(at_least=1)]
AllowedBuckets = Annotated[tuple[BucketName, ...], UniqueItems(items_max=ALLOWED_BUCKETS_MAX)]
Category = Literal["community", "environment", "workers"]


class _OfWave(Event):
    key_field: ClassVar[str] = "wave_id"

    wave_id: Identifier = Field(description="The wave; the key of the record.", examples=["clean-coast"])


class _OfRipple(_OfWave):
    ripple_id: Identifier = Field(description="The ripple, unique in its wave.", examples=["beach-day"])


class _OfAction(_OfRipple):
    action_id: Identifier = Field(
        description="The action, unique in its wave for ever: it counts once, however often it is sent.",
        examples=["action-1"],
    )


class WaveCreated(_OfWave):
    """A wave was announced."""

    type: Literal["actions.wave_created"] = "actions.wave_created"
    v: Literal[1] = 1
    title: Title = Field(description="What people call the wave.", examples=["Clean coast"])
    allowed_buckets: AllowedBuckets | None = Field(
        default=None,
        description="The only buckets that its actions may fall in; without the list any bucket is allowed.",
        examples=[["conversation", "planning", "cleaning"]],
    )
    category: Category | None = Field(
        default=None, description="The field in which it works.", examples=["environment"]
    )
    what_we_count: WhatWeCount | None = Field(
        default=None,
        description="What an action of this wave is, in a sentence.",
        examples=["Every bag of litter that left a beach."],
    )


class WaveChanged(_OfWave, PartialEvent):
    """A wave was changed: what is left out stays as it was, null clears an optional field."""

    type: Literal["actions.wave_changed"] = "actions.wave_changed"
    v: Literal[1] = 1
    title: Annotated[Title | None, NotNull()] = Field(
        default=None, description="The new title.", examples=["Clean coast 2027"]
    )
    allowed_buckets: AllowedBuckets | None = Field(
        default=None,
        description="The only buckets allowed from now on; null allows any.",
        examples=[["conversation", "planning"]],
    )
    category: Category | None = Field(
        default=None, description="The field in which it works.", examples=["community"]
    )
    what_we_count: WhatWeCount | None = Field(
        default=None,
        description="What an action of this wave is, in a sentence.",
        examples=["Every bag of litter that left a beach or a river bank."],
    )


class WaveDeleted(_OfWave):
    """A wave was removed, with its ripples and their actions; what comes later for it is refused."""

    type: Literal["actions.wave_deleted"] = "actions.wave_deleted"
    v: Literal[1] = 1


class RippleCreated(_OfRipple):
    """A ripple was announced."""

    type: Literal["actions.ripple_created"] = "actions.ripple_created"
    v: Literal[1] = 1
    title: Title = Field(description="What people call the ripple.", examples=["Beach day"])


class RippleChanged(_OfRipple):
    """A ripple got another title."""

    type: Literal["actions.ripple_changed"] = "actions.ripple_changed"
    v: Literal[1] = 1
    title: Title = Field(description="The new title.", examples=["Beach and river day"])


class RippleDeleted(_OfRipple):
    """A ripple was removed with its actions; what comes later for it is refused."""

    type: Literal["actions.ripple_deleted"] = "actions.ripple_deleted"
    v: Literal[1] = 1


class RippleJoined(_OfRipple):
    """The actor joined a ripple."""

    needs_actor: ClassVar[bool] = True

    type: Literal["actions.ripple_joined"] = "actions.ripple_joined"
    v: Literal[1] = 1


class RippleLeft(_OfRipple):
    """The actor left a ripple."""

    needs_actor: ClassVar[bool] = True

    type: Literal["actions.ripple_left"] = "actions.ripple_left"
    v: Literal[1] = 1


class ActionLogged(_OfAction):
    """The actor did something in a ripple."""

    needs_actor: ClassVar[bool] = True

    type: Literal["actions.action_logged"] = "actions.action_logged"
    v: Literal[1] = 1
    bucket: BucketName = Field(
        description="What kind of action it is; the bucket's weight at `at` is what the action counts.",
        examples=["cleaning"],
    )
    quantity: Quantity | None = Field(
        default=None, description="How much was achieved, in units of `unit`.", examples=[15.5]
    )
    unit: Unit | None = Field(
        default=None, description="What the quantity counts.", examples=["kg of litter removed"]
    )
    note: Note | None = Field(
        default=None, description="A word about it.", examples=["With the whole class."]
    )


class ActionRetracted(_OfAction):
    """An action was taken back, also one whose logging comes only later."""

    type: Literal["actions.action_retracted"] = "actions.action_retracted"
    v: Literal[1] = 1


class RippleBoosted(_OfRipple):
    """A ripple got points for its trending score; they stay."""

    type: Literal["actions.ripple_boosted"] = "actions.ripple_boosted"
    v: Literal[1] = 1
    points: Points = Field(description="How many points.", examples=[25])


class BucketWeightSet(Event):
    """A bucket weighs something else from an hour on; a reference event, known to every partition.

    For one bucket and hour the greater (`at`, `id`) wins.
    """

    key_field: ClassVar[str] = "bucket"
    reference: ClassVar[bool] = True

    type: Literal["actions.bucket_weight_set"] = "actions.bucket_weight_set"
    v: Literal[1] = 1
    bucket: BucketName = Field(description="The bucket; the key of the record.", examples=["planning"])
    multiplier: Multiplier = Field(description="What an action in it weighs from then on.", examples=[2.5])
    effective_from: WholeHour = Field(
        description="From when on: a whole hour of UTC, at most 31 days before `at` and 366 days after it.",
        examples=["2026-11-21T00:00:00Z"],
    )

    @model_validator(mode="after")
    def _takes_effect_about_now(self) -> Self:
        if not self.at - WEIGHT_BACK_MAX <= self.effective_from <= self.at + WEIGHT_AHEAD_MAX:
            raise _out_of_reach(self.effective_from, self.at)
        return self


class ClosedRipple(BaseModel):
    """A ripple's place in the close of an hour."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    wave_id: Identifier = Field(description="The wave.", examples=["clean-coast"])
    ripple_id: Identifier = Field(description="The ripple.", examples=["beach-day"])
    rank: Rank = Field(description="Its place by score, ties by id.", examples=[1])
    score: Quantity = Field(description="Its trending score at the end of the hour.", examples=[41.25])
    actions_1h: Count = Field(description="Actions in the hour.", examples=[12])
    actions_24h: Count = Field(description="Actions in the 24 hours up to its end.", examples=[47])
    participants: Count = Field(
        description="Distinct users who had joined or acted by its end.", examples=[9]
    )
    previous_rank: Rank | None = Field(
        default=None, description="Its place in the close before; null when it had none.", examples=[3]
    )


ClosedRipples = Annotated[
    tuple[ClosedRipple, ...], Field(min_length=1, max_length=CLOSED_RIPPLES_MAX, strict=False)
]


class HourClosed(HourDecision):
    """An hour was closed: these ripples, active in the 24 hours up to its end, trended at that moment.

    The first 1,000 (setting) by score. What is logged later for the hour changes nothing here.
    """

    type: Literal["actions.hour_closed"] = "actions.hour_closed"
    v: Literal[1] = 1
    entries: ClosedRipples = Field(
        description="The ripples of this part, by rank.",
        examples=[
            [
                {
                    "wave_id": "clean-coast",
                    "ripple_id": "beach-day",
                    "rank": 1,
                    "score": 41.25,
                    "actions_1h": 12,
                    "actions_24h": 47,
                    "participants": 9,
                    "previous_rank": 3,
                }
            ]
        ],
    )


def _out_of_reach(effective_from: datetime, at: datetime) -> PydanticCustomError:
    return PydanticCustomError(
        "invalid_field",
        "must be at most {back} days before at and {ahead} days after it, is {effective_from} with at {at}",
        {
            "field": "effective_from",
            "back": WEIGHT_BACK_MAX.days,
            "ahead": WEIGHT_AHEAD_MAX.days,
            "effective_from": effective_from.isoformat(),
            "at": at.isoformat(),
        },
    )


SYSTEM = System(
    name="actions",
    types=(
        WaveCreated,
        WaveChanged,
        WaveDeleted,
        RippleCreated,
        RippleChanged,
        RippleDeleted,
        RippleJoined,
        RippleLeft,
        ActionLogged,
        ActionRetracted,
        RippleBoosted,
        BucketWeightSet,
        HourClosed,
    ),
)
