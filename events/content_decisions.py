"""What system 2 decides: the leaderboards of an hour, and what a reconciliation found."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from events.decimals import DecimalRule
from events.decisions import HourDecision
from events.fields import Identifier, WholeNumberRule
from events.reconciliation import ReconciliationReport

LEADERBOARD_PLACES_MAX = 100
# In points of impact: as many comments as a counter holds, on a million million videos.
LEADERBOARD_VALUE_MAX = Decimal(10) ** 33
LEADERBOARD_VALUE_PLACES = 2

LeaderboardPeriod = Literal["24h", "7d", "30d", "1y", "all"]
LeaderboardKind = Literal["video", "creator", "sound", "hashtag", "community"]
LeaderboardSort = Literal["views", "impact"]
LEADERBOARD_PERIODS: tuple[LeaderboardPeriod, ...] = get_args(LeaderboardPeriod)
LEADERBOARD_KINDS: tuple[LeaderboardKind, ...] = get_args(LeaderboardKind)
LEADERBOARD_SORTS: tuple[LeaderboardSort, ...] = get_args(LeaderboardSort)

LeaderboardRank = Annotated[int, WholeNumberRule(at_least=1, at_most=LEADERBOARD_PLACES_MAX)]
LeaderboardValue = Annotated[
    Decimal,
    DecimalRule(
        at_least=-LEADERBOARD_VALUE_MAX,
        at_most=LEADERBOARD_VALUE_MAX,
        places_max=LEADERBOARD_VALUE_PLACES,
    ),
]


class LeaderboardPlace(BaseModel):
    """A place in a leaderboard."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Identifier = Field(
        description="The video, creator, sound, hashtag or community.", examples=["lamp-1"]
    )
    rank: LeaderboardRank = Field(description="Its place by value, ties by id.", examples=[1])
    value: LeaderboardValue = Field(
        description="Its views or impact: the gain in the period, below 0 where totals went down; with the "
        "period `all` the total.",
        examples=[5005.25],
    )
    previous_rank: LeaderboardRank | None = Field(
        default=None, description="Its place an hour before; null when it had none.", examples=[3]
    )


class LeaderboardClosed(HourDecision):
    """An hour's leaderboard was closed: the first 100 of one kind by one value over the period up to its end.

    What is published later for the period changes nothing here.
    """

    type: Literal["content.leaderboard_closed"] = "content.leaderboard_closed"
    v: Literal[1] = 1
    period: LeaderboardPeriod = Field(
        description="What counts: the gains of so long up to the end of the hour, or all totals.",
        examples=["24h"],
    )
    kind: LeaderboardKind = Field(description="What is ranked.", examples=["video"])
    sort: LeaderboardSort = Field(description="By which value.", examples=["impact"])
    entries: Annotated[
        tuple[LeaderboardPlace, ...], Field(max_length=LEADERBOARD_PLACES_MAX, strict=False)
    ] = Field(
        description="The places, by rank.",
        examples=[[{"id": "lamp-1", "rank": 1, "value": 5005.25, "previous_rank": 3}]],
    )


class Reconciled(ReconciliationReport):
    """Totals were recomputed from the videos; what had drifted was repaired."""

    type: Literal["content.reconciled"] = "content.reconciled"
    v: Literal[1] = 1
