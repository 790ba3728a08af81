"""The trending score of ripples: what boosts and joins count for; the formula is in `streams/heat.py`."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from projections.actions.tables import INTEREST_HOURS, Ripple
from streams.folding import Change, States
from streams.heat import half_life, units, warmed
from streams.hours import hour_of

BOOST: Final = "boost"
JOIN: Final = "join"

AMOUNT: Final = INTEREST_HOURS.index_of("amount")
HEAT_UNITS: Final = INTEREST_HOURS.index_of("heat_units")


def warmth(ripple: Ripple, hour: int, weighted_units: float, half_life_hours: float) -> tuple[float, int]:
    """`heat_sum` and `heat_hour` with so many units times weight more, or less, in that hour."""
    return warmed(ripple.heat_sum, ripple.heat_hour, hour, weighted_units, half_life_hours)


def cold_when_empty(ripple: Ripple) -> Ripple:
    """Where nothing counts any more the sum is exactly nothing, whatever rounding made of it."""
    if ripple.actions or ripple.joined or ripple.boost_points:
        return ripple
    return replace(ripple, heat_sum=0.0, heat_hour=0)


def interest(
    ripple: Ripple, kind: str, at: datetime, amount: int, states: States
) -> tuple[Ripple, list[Change]]:
    """A ripple with so many more points or joins, warmed by them, and the change of their cell."""
    hours = half_life(states)
    heat_sum, heat_hour = warmth(ripple, hour_of(at), amount * units(at, hours), hours)
    warmed = cold_when_empty(replace(ripple, heat_sum=heat_sum, heat_hour=heat_hour))
    return warmed, cell_of_interest(ripple.wave_id, ripple.ripple_id, kind, at, amount, states)


def cell_of_interest(
    wave_id: str, ripple_id: str, kind: str, at: datetime, amount: int, states: States
) -> list[Change]:
    """The change of the cell in which boosts or joins of that time are."""
    cell = (wave_id, ripple_id, hour_of(at), kind)
    heat_units = amount * units(at, half_life(states))
    return [(INTEREST_HOURS, cell, AMOUNT, amount), (INTEREST_HOURS, cell, HEAT_UNITS, heat_units)]
