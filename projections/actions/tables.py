"""The tables of system 1 in each generation.

Everything about a wave belongs to the partition of its id. Impact, weights and quantities are integers in
millionths ("micros") in memory and here, so that sums are exact; the views divide them. An hour or minute is
the number of whole ones since 1970 in UTC. `heat_units` are sums of round(2^((at - start of the hour) / H) *
10^6), H being the generation's half-life in hours: an action counts 1, a boost its points, a join 1.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from projections.tables import CalculatedTable, CounterTable, Retention, StateTable, WindowTable

FOLDER: Final = Path(__file__).parent

MICROS: Final = 1_000_000
MINUTES_KEPT: Final = timedelta(hours=26)
"""Minute cells serve windows of at most 24 hours: what is older when its record is appended has none."""
NOTE_CHARACTERS_MAX: Final = 120

DEFAULT_WEIGHTS_MICROS: Final = {"conversation": 800_000, "planning": 2_500_000}
"""What these buckets weigh until something else is set; the view `bucket_weights` shows the same."""
WEIGHT_MICROS: Final = 1_000_000
"""What every other bucket weighs until set."""


class Wave(msgspec.Struct, frozen=True, gc=False):
    """A wave: a stub until announced, a tombstone for ever once deleted."""

    wave_id: str
    partition: int
    title: str | None = None
    allowed_buckets: tuple[str, ...] | None = None
    category: str | None = None
    what_we_count: str | None = None
    created_at: datetime | None = None
    announced: bool = False
    deleted: bool = False
    ripples: int = 0
    """Visible ripples."""
    actions: int = 0
    impact_micros: int = 0


class Ripple(msgspec.Struct, frozen=True, gc=False):
    """A ripple. In a deleted one `actions` and `joined` count what is still to be purged."""

    wave_id: str
    ripple_id: str
    title: str | None = None
    announced: bool = False
    deleted: bool = False
    purging: bool = False
    """Deleted, and users' shares still hold some of its actions or members: views subtract those."""
    actions: int = 0
    impact_micros: int = 0
    participants: int = 0
    joined: int = 0
    boost_points: int = 0
    version: int = 0
    heat_sum: float = 0.0
    """Sum of weight * 2^((at - start of `heat_hour`) / H) over all that counts: the score at that hour."""
    heat_hour: int = 0
    """The newest hour in which anything counted."""

    @property
    def visible(self) -> bool:
        """Whether lists show it: announced, or somebody did something in it that still counts."""
        if self.deleted:
            return False
        return self.announced or self.actions > 0 or self.joined > 0 or self.boost_points > 0


class Membership(msgspec.Struct, frozen=True, gc=False):
    """A user in a ripple: there while joined or with live actions, so rows count as participants."""

    wave_id: str
    ripple_id: str
    user_id: str
    joined: bool = False
    actions: int = 0
    joined_at: datetime | None = None


class Action(msgspec.Struct, frozen=True, gc=False):
    """An action's id is known for ever in its wave; the rest is there only while the action counts.

    Live: all of it. Retracted or purged: the ripple is kept, nothing about a person. A retraction that came
    before its action: the id alone.
    """

    wave_id: str
    action_id: str
    ripple_id: str | None = None
    user_id: str | None = None
    bucket: str | None = None
    quantity_micros: int | None = None
    unit: str | None = None
    note: str | None = None
    at: datetime | None = None
    weight_micros: int | None = None
    """What the action was counted with; a weight set later for its hour moves the difference."""


class WeightStep(msgspec.Struct, frozen=True, gc=False):
    """What a bucket weighs from an hour on; `at` and `id` tell which of two for one hour wins."""

    hour: int
    multiplier_micros: int
    at: datetime
    id: str
    set_by: str | None


class BucketWeights(msgspec.Struct, frozen=True, gc=False):
    """The weights set for a bucket as one partition knows them, by hour, one step an hour."""

    partition: int
    bucket: str
    steps: tuple[WeightStep, ...] = ()


class ClosedHour(msgspec.Struct, frozen=True, gc=False):
    """An hour that was closed; shown once all parts of the decision are folded."""

    hour: int
    parts: int
    folded: tuple[int, ...] = ()
    """The numbers of the parts folded so far, in order."""
    complete: bool = False


class TrendingScore(msgspec.Struct, frozen=True, gc=False):
    """A ripple's place in the close of an hour."""

    wave_id: str
    ripple_id: str
    hour: int
    rank: int
    score_micros: int
    actions_1h: int
    actions_24h: int
    participants: int
    previous_rank: int | None
    peak_rank: int
    """The best rank in the closes folded up to this one."""


class PeakRank(msgspec.Struct, frozen=True, gc=False):
    """The best rank that a ripple ever had."""

    wave_id: str
    ripple_id: str
    rank: int


class RippleTrend(msgspec.Struct, frozen=True, gc=False):
    """What a ripple is doing now; `heat` orders ripples, score(t) = 2^(heat - t / H), t in hours since 2020.

    Null heat: nothing counts."""

    wave_id: str
    ripple_id: str
    minute: int
    actions_1h: int
    actions_24h: int
    heat: float | None


class ImpactIndex(msgspec.Struct, frozen=True, gc=False):
    """How a ripple compares with its wave's median over 30 days."""

    wave_id: str
    ripple_id: str
    impact_30d: Decimal
    wave_median_30d: Decimal
    index: Decimal


WAVES: Final = StateTable("waves", Wave, key_width=1)

# `purging` is false for nearly all rows, so the index answers at once which of a wave's ripples to subtract.
# The other finds a ripple by its id alone.
RIPPLES: Final = StateTable(
    "ripples", Ripple, key_width=2, indexes=("purging, wave_id", "ripple_id, wave_id")
)

MEMBERSHIPS: Final = StateTable("memberships", Membership, key_width=3)

ACTIONS: Final = StateTable(
    "actions",
    Action,
    key_width=2,
    indexes=("ripple_id, wave_id, at", "user_id, wave_id, at"),
    checks=(f"char_length(note) <= {NOTE_CHARACTERS_MAX}",),
)

BUCKET_WEIGHTS: Final = StateTable("bucket_weights", BucketWeights, key_width=2)

CLOSED_HOURS: Final = StateTable(
    "closed_hours", ClosedHour, key_width=1, indexes=("to_timestamp(hour * 3600)",)
)

TRENDING_SCORES: Final = StateTable(
    "trending_scores",
    TrendingScore,
    key_width=3,
    # The ranks of an hour, and its risers.
    indexes=(
        "to_timestamp(hour * 3600), rank",
        "to_timestamp(hour * 3600), (previous_rank - rank) DESC, rank",
    ),
)

PEAK_RANKS: Final = StateTable("peak_ranks", PeakRank, key_width=2)

USER_WAVES: Final = CounterTable(
    "user_waves",
    key={"user_id": str, "wave_id": str},
    sums={"actions": int, "impact_micros": int, "ripples_joined": int},
    # A user's rank in a wave, and who is in it.
    indexes=("wave_id, user_id",),
)

USER_UNITS: Final = CounterTable(
    "user_units",
    key={"user_id": str, "wave_id": str, "unit": str},
    sums={"actions": int, "quantity_micros": Decimal},
)

ACTIVITY_HOURS: Final = CounterTable(
    "activity_hours",
    key={"wave_id": str, "ripple_id": str, "hour": int, "bucket": str},
    sums={"actions": int, "impact_micros": int, "heat_units": int},
    # The expression is the view's column `hour`, so that a filter on it is an index scan.
    indexes=("to_timestamp(hour * 3600), wave_id, ripple_id",),
)

ACTIVITY_MINUTES: Final = CounterTable(
    "activity_minutes",
    key={"wave_id": str, "ripple_id": str, "minute": int, "bucket": str},
    sums={"actions": int, "impact_micros": int},
    # The minute job finds by it what enters and leaves. New minutes come at its end: next to no cost.
    indexes=("minute",),
    retention=Retention("minute", timedelta(minutes=1), MINUTES_KEPT),
)

INTEREST_HOURS: Final = CounterTable(
    "interest_hours",
    key={"wave_id": str, "ripple_id": str, "hour": int, "kind": str},
    sums={"amount": int, "heat_units": int},
    indexes=("hour, wave_id, ripple_id",),
)
"""Boosts (amount: points) and standing joins by the hour in which they happened."""

RIPPLE_TRENDS: Final = WindowTable(
    "ripple_trends",
    RippleTrend,
    touched_by=(RIPPLES,),
    due=FOLDER / "ripple_trends_due.sql",
    indexes=(
        "heat DESC NULLS LAST, wave_id, ripple_id",
        "actions_1h DESC, wave_id, ripple_id",
        "actions_24h DESC, wave_id, ripple_id",
    ),
)

IMPACT_INDEXES: Final = CalculatedTable(
    "impact_indexes",
    ImpactIndex,
    key_width=2,
    computed=FOLDER / "impact_indexes.sql",
    period=timedelta(days=1),
)
