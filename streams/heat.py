"""The trending score in a fold: what an event counts for by its time, and the sum of it that a row keeps.

The score at t is the sum of weight * 2^(-(t - at) / H) over what counts; H is the generation's half-life in
hours. Within an hour 2^((at - start of the hour) / H) is rounded to whole millionths ("units"), so that cells
of hours hold integers. A row keeps the sum as the score at the newest hour in which anything counted: it is
never larger than a double can hold, and needs no change while nothing happens.
"""

from datetime import datetime
from typing import Final

from projections.heat import UNITS
from streams.folding import States

SECONDS_OF_HOUR: Final = 3600
UNIT: Final = 1 / UNITS


def half_life(states: States) -> float:
    """H of the generation, in hours."""
    return states.parameters["half_life_hours"]


def units(at: datetime, half_life_hours: float) -> int:
    """round(2^((at - start of the hour) / H) * 10^6)."""
    seconds = at.minute * 60 + at.second + at.microsecond / 1_000_000
    count: int = round(2.0 ** (seconds / SECONDS_OF_HOUR / half_life_hours) * UNITS)
    return count


def warmed(
    heat_sum: float, heat_hour: int, hour: int, weighted_units: float, half_life_hours: float
) -> tuple[float, int]:
    """`heat_sum` and `heat_hour` with so many units times weight more, or less, in that hour."""
    amount = weighted_units * UNIT
    if hour > heat_hour:
        cooled = heat_sum * 2.0 ** ((heat_hour - hour) / half_life_hours)
        return max(0.0, cooled + amount), hour
    added = amount * 2.0 ** ((hour - heat_hour) / half_life_hours)
    return max(0.0, heat_sum + added), heat_hour
