"""What of system 3 is in Redis, as its views show it."""

from typing import Final

from tests.simulation.crash_redis import Shown, ShownSystem

WEIGHTS: Final = ShownSystem(
    "weights",
    {"user": Shown(("user_id",), "SELECT * FROM weights.current WHERE user_id = ANY (%s)", is_lazy=True)},
)
"""All of it lazy: what is there is what somebody looked at."""
WEIGHTS_KEYS: Final = {"user": "SELECT user_id FROM weights.current"}
"""What there is to look at, by entity."""
