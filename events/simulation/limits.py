"""Numbers that a simulation is given, each checked against its limit before anything is made."""

from __future__ import annotations

from events.errors import WrongUsage


def check_number(name: str, value: float, at_least: float, at_most: float) -> None:
    """Raises WrongUsage when `value` is not within the limits, both included."""
    # Not a number compares false with everything.
    if not at_least <= value <= at_most:
        raise WrongUsage(f"{name} must be {at_least:,} to {at_most:,}, is {value:,}: give another number")
