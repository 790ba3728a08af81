"""The trending score in the fold: what an event counts for by its time, and a ripple's sum of it.

The score at t is the sum of weight * 2^(-(t - at) / H) over what counts; H is the generation's half-life in
hours. Within an hour 2^((at - start of the hour) / H) is rounded to whole millionths ("units"), so that the
cells hold integers. A ripple keeps the sum as the score at the newest hour in which anything counted: it is
never larger than a double can hold, and needs no change while nothing happens.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from projections.actions.tables import INTEREST_HOURS, MICROS, Ripple
from streams.folding import Change, States
from streams.hours import hour_of

SECONDS_OF_HOUR: Final = 3600
UNIT: Final = 1 / MICROS

BOOST: Final = "boost"
JOIN: Final = "join"

AMOUNT: Final = INTEREST_HOURS.index_of("amount")
HEAT_UNITS: Final = INTEREST_HOURS.index_of("heat_units")


def half_life(states: States) -> float:
    """H of the generation, in hours."""
    return states.parameters["half_life_hours"]


def units(at: datetime, half_life_hours: float) -> int:
    """round(2^((at - start of the hour) / H) * 10^6)."""
    seconds = at.minute * 60 + at.second + at.microsecond / 1_000_000
    count: int = round(2.0 ** (seconds / SECONDS_OF_HOUR / half_life_hours) * MICROS)
    return count


def warmth(ripple: Ripple, hour: int, weighted_units: float, half_life_hours: float) -> tuple[float, int]:
    """`heat_sum` and `heat_hour` with so many units times weight more, or less, in that hour."""
    amount = weighted_units * UNIT
    if hour > ripple.heat_hour:
        cooled = ripple.heat_sum * 2.0 ** ((ripple.heat_hour - hour) / half_life_hours)
        return max(0.0, cooled + amount), hour
    added = amount * 2.0 ** ((hour - ripple.heat_hour) / half_life_hours)
    return max(0.0, ripple.heat_sum + added), ripple.heat_hour


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
