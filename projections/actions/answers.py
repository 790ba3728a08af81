"""What the questions of system 1 are answered with: rows of its views, and lists of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from projections.actions.sentence import impact_sentence, plain

Ordering: TypeAlias = Literal["impact", "actions", "trending"]
"""What a wave's ripples can be ordered by."""
Span: TypeAlias = Literal["now", "1h", "24h"]
"""What a live list goes by: the trending score, or the actions of the last hour or day."""

INDEX_MIN: Final = Decimal("0.50")
INDEX_MAX: Final = Decimal("3.00")


@dataclass(frozen=True)
class WaveRow:
    """A row of the view ``waves``."""

    wave_id: str
    title: str | None
    allowed_buckets: list[str] | None
    category: str | None
    what_we_count: str | None
    ripples: int
    actions: int
    impact: Decimal
    created_at: datetime | None


@dataclass(frozen=True)
class RippleRow:
    """A row of the view ``ripple_counters``; windows and score as of the current minute."""

    wave_id: str
    ripple_id: str
    title: str | None
    actions_1h: int
    actions_24h: int
    actions_total: int
    impact: Decimal
    participants: int
    boost_points: int
    trending_score: Decimal
    last_action_at: datetime | None
    version: int


@dataclass(frozen=True)
class TopRipple:
    """A place in a list over any window: ``actions`` in it, the other counts over all time."""

    rank: int
    wave_id: str
    ripple_id: str
    title: str | None
    wave_title: str | None
    actions: int
    actions_total: int
    impact: Decimal
    participants: int


@dataclass(frozen=True)
class Top:
    """The ripples with the most actions at ``since`` <= at < ``until``, both whole minutes; ties by id."""

    since: datetime
    until: datetime
    ripples: list[TopRipple]


@dataclass(frozen=True)
class LiveRipple:
    """A place in a live list. ``rank_change``: places won since the last close (negative: lost), None for one
    that was not in it, and in lists that do not go by score."""

    rank: int
    wave_id: str
    ripple_id: str
    title: str | None
    wave_title: str | None
    trending_score: Decimal
    actions_1h: int
    actions_24h: int
    actions_total: int
    impact: Decimal
    participants: int
    rank_change: int | None


@dataclass(frozen=True)
class ClosedRipple:
    """A row of the view ``trending_scores``, with the titles of now: a place when an hour was closed."""

    hour: datetime
    rank: int
    wave_id: str
    ripple_id: str
    title: str | None
    wave_title: str | None
    score: Decimal
    actions_1h: int
    actions_24h: int
    participants: int
    in_top_10: bool
    rank_change: int | None
    peak_rank: int


@dataclass(frozen=True)
class HoursClosed:
    """How far the closing has come: ``closed`` of the ``due`` hours, and the first and last of these."""

    due: int
    closed: int
    first_hour: datetime | None
    last_hour: datetime | None


@dataclass(frozen=True)
class TrendPoint:
    """A ripple's hour: what was done in it, and its place when it was closed (None: not in that close)."""

    hour: datetime
    actions: int
    impact: Decimal
    score: Decimal | None
    rank: int | None


@dataclass(frozen=True)
class Calculation:
    """A row of the view ``impact_calculations``: what a ripple did in the time before ``calculated_at``."""

    timeframe: str
    actions: int
    impact: Decimal
    calculated_at: datetime


@dataclass(frozen=True)
class ImpactIndex:
    """How a ripple compares with its wave, as of ``calculated_at``."""

    wave_id: str
    ripple_id: str
    impact_30d: Decimal
    wave_median_30d: Decimal
    index: Decimal
    calculated_at: datetime | None

    @property
    def sentence(self) -> str:
        """For example "2.3x the median of its wave"."""
        if self.wave_median_30d == 0:
            return "the median of its wave is 0"
        bound = {INDEX_MIN: "at most ", INDEX_MAX: "at least "}.get(self.index, "")
        return f"{bound}{plain(self.index)}x the median of its wave"


@dataclass(frozen=True)
class UserSummary:
    """A row of the view ``user_impact_summaries``; ``achievements`` is unit -> summed quantity."""

    user_id: str
    actions: int
    impact: Decimal
    ripples_joined: int
    waves: int
    first_action_at: datetime | None
    last_action_at: datetime | None
    by_category: dict[str, Decimal]
    achievements: dict[str, Decimal]

    @property
    def sentence(self) -> str:
        """What the user achieved, in words."""
        return impact_sentence(self.actions, self.ripples_joined, self.waves, self.achievements)


@dataclass(frozen=True)
class UserRank:
    """A user's place in a wave by impact among its ``users``; those of equal impact share a place."""

    wave_id: str
    user_id: str
    rank: int
    users: int
    actions: int
    impact: Decimal


@dataclass(frozen=True)
class ActionRow:
    """A row of the view ``action_log``."""

    action_id: str
    ripple_id: str
    wave_id: str
    user_id: str
    bucket: str
    quantity: Decimal | None
    unit: str | None
    note: str | None
    at: datetime


@dataclass(frozen=True)
class WeightReach:
    """What a weight set for an hour would touch: live actions up to ``until`` (None: without end)."""

    multiplier_now: Decimal
    until: datetime | None
    actions: int
    ripples: int
    users: int
