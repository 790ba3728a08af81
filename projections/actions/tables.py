"""The tables of system 1 in each generation.

Everything about a wave belongs to the partition of its id. Impact, weights and quantities are integers in
millionths ("micros") in memory and here, so that sums are exact; the views divide them. An hour or minute is
the number of whole ones since 1970 in UTC.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from projections.tables import CounterTable, StateTable

MICROS: Final = 1_000_000
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


WAVES: Final = StateTable("waves", Wave, key_width=1)

# `purging` is false for nearly all rows, so the index answers at once which of a wave's ripples to subtract.
RIPPLES: Final = StateTable("ripples", Ripple, key_width=2, indexes=("purging, wave_id",))

MEMBERSHIPS: Final = StateTable("memberships", Membership, key_width=3)

ACTIONS: Final = StateTable(
    "actions",
    Action,
    key_width=2,
    indexes=("ripple_id, wave_id, at", "user_id, wave_id, at"),
    checks=(f"char_length(note) <= {NOTE_CHARACTERS_MAX}",),
)

BUCKET_WEIGHTS: Final = StateTable("bucket_weights", BucketWeights, key_width=2)

USER_WAVES: Final = CounterTable(
    "user_waves",
    key={"user_id": str, "wave_id": str},
    sums={"actions": int, "impact_micros": int, "ripples_joined": int},
)

USER_UNITS: Final = CounterTable(
    "user_units",
    key={"user_id": str, "wave_id": str, "unit": str},
    sums={"actions": int, "quantity_micros": Decimal},
)

ACTIVITY_HOURS: Final = CounterTable(
    "activity_hours",
    key={"wave_id": str, "ripple_id": str, "bucket": str, "hour": int},
    sums={"actions": int, "impact_micros": int},
    # The expression is the view's column `hour`, so that a filter on it is an index scan.
    indexes=("to_timestamp(hour * 3600), wave_id, ripple_id",),
)

ACTIVITY_MINUTES: Final = CounterTable(
    "activity_minutes",
    key={"wave_id": str, "ripple_id": str, "bucket": str, "minute": int},
    sums={"actions": int, "impact_micros": int},
    # Housekeeping finds the oldest ones by it. New minutes come at its end, which costs next to nothing.
    indexes=("minute",),
)
