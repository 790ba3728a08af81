"""What the trending scores of all systems go by; the formula is in `streams/heat.py`."""

from collections.abc import Mapping
from typing import Final

HALF_LIFE_HOURS: Final = 6.0
"""H: after so many hours an event counts half in the trending score."""
HEAT_HOURS: Final = 240
"""The trending score looks back so far: ten days."""
UNITS: Final = 1_000_000
"""Parts of 1 in which cells of hours hold heat."""
PARAMETERS: Final[Mapping[str, float]] = {"half_life_hours": HALF_LIFE_HOURS}
"""Of a generation whose rows keep heat."""
