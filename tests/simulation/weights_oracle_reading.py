"""The types of system 3 and the rule of a distribution, for its oracle."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from tests.simulation import oracle_fields as fields
from tests.simulation.oracle_envelope import Field, optional
from tests.simulation.oracle_event import EventType, EventTypes

CATEGORIES: Final = fields.CATEGORIES
HUNDREDTHS: Final = 100
WITHIN: Final = Fraction(1, 10**9)
INVALID_DISTRIBUTION: Final = "invalid_distribution"


def distribution(value: object) -> dict[str, int]:
    """The weights of an event, by category in hundredths: all three, 100 together."""
    if not isinstance(value, Mapping) or value.keys() != set(CATEGORIES):
        raise fields.FieldRefused(f"must have exactly {CATEGORIES}: {value!r:.80}", INVALID_DISTRIBUTION)
    found = {category: _hundredths(value[category]) for category in CATEGORIES}
    if sum(found.values()) != HUNDREDTHS:
        raise fields.FieldRefused(f"sum is {sum(found.values())} hundredths", INVALID_DISTRIBUTION)
    return found


def _hundredths(value: Any) -> int:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number or not -1 <= value <= 2:
        raise fields.FieldRefused(f"must be a number from 0 to 1, got {value!r:.80}", INVALID_DISTRIBUTION)
    exact = Fraction(value)
    nearest = round(exact * HUNDREDTHS)
    if not 0 <= nearest <= HUNDREDTHS or abs(exact - Fraction(nearest, HUNDREDTHS)) > WITHIN:
        raise fields.FieldRefused(f"is no hundredth from 0 to 1: {value}", INVALID_DISTRIBUTION)
    return nearest


_VERSION: Final = fields.whole_number_between(0, fields.COUNTER_MAX)
READING: Final = EventTypes(
    {
        "weights.user_registered": EventType({}, "user_id"),
        "weights.weights_set": EventType(
            {"weights": Field(distribution), "expected_version": optional(_VERSION)}, "user_id"
        ),
        "weights.user_deleted": EventType({}, "user_id"),
    }
)
"""All types of system 3."""
