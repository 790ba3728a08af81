"""What each interaction counts for in the trending score; the formula is in `streams/heat.py`."""

from datetime import datetime
from typing import Final, TypeVar

from msgspec.structs import replace

from projections.interactions.rows import Entry, Place
from streams.folding import States
from streams.heat import half_life, units, warmed
from streams.hours import hour_of

RESONANCE_WEIGHT: Final = 1
AMPLIFICATION_WEIGHT: Final = 3
SHARE_WEIGHT: Final = 2
BRANCH_WEIGHT: Final = 5

Warm = TypeVar("Warm", Entry, Place)


def warmed_by(row: Warm, at: datetime, weight: int, states: States) -> Warm:
    """The row with what counts so much at that time; a negative weight takes it back."""
    hours = half_life(states)
    heat_sum, heat_hour = warmed(row.heat_sum, row.heat_hour, hour_of(at), weight * units(at, hours), hours)
    return replace(row, heat_sum=heat_sum, heat_hour=heat_hour)


def cold_when_empty(entry: Entry) -> Entry:
    """Where nothing counts any more the sum is exactly nothing, whatever rounding made of it."""
    if entry.resonances or entry.amplifications or entry.shares:
        return entry
    return replace(entry, heat_sum=0.0, heat_hour=0)
