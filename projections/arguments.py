"""What a question may be asked with: arguments are checked by the rules of events, and named when wrong."""

from datetime import datetime
from typing import Final

from events.errors import WrongUsage
from events.fields import IDENTIFIER_BYTES_MAX, TextRule, WholeNumberRule
from events.instants import InstantRule

_IDENTIFIER: Final = TextRule(
    characters_min=1, characters_max=IDENTIFIER_BYTES_MAX, bytes_max=IDENTIFIER_BYTES_MAX
)

TREND_HOURS_MAX: Final = 24 * 31
"""Hours of one trend."""


def identifier(name: str, value: str) -> str:
    """An id as events hold it. Raises WrongUsage."""
    try:
        return _IDENTIFIER.check(value)
    except ValueError as error:
        raise WrongUsage(f"{name} {error}: give an id as events hold it") from None


def text(name: str, value: str, *, characters_max: int) -> str:
    """Text that is not empty, as events hold it. Raises WrongUsage."""
    try:
        return TextRule(characters_min=1, characters_max=characters_max).check(value)
    except ValueError as error:
        raise WrongUsage(f"{name} {error}: give other text, or leave it out") from None


def whole_number(name: str, value: int, *, at_least: int = 1, at_most: int) -> int:
    """A whole number between two limits, both included. Raises WrongUsage."""
    try:
        return WholeNumberRule(at_least=at_least, at_most=at_most).check(value)
    except ValueError as error:
        raise WrongUsage(f"{name} {error}") from None


def instant(name: str, value: datetime, *, whole_hour: bool = False) -> datetime:
    """A time in UTC. Raises WrongUsage where it has no zone, or is no whole hour although it must be."""
    try:
        return InstantRule(whole_hour=whole_hour).check(value)
    except ValueError as error:
        raise WrongUsage(f"{name} {error}") from None


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """One of a few words. Raises WrongUsage that lists them."""
    if value not in allowed:
        raise WrongUsage(f"{name} must be one of {', '.join(allowed)}, is {value!r}")
    return value
