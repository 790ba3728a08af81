"""Exact decimals: never a binary float in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from events.rules import COUNT_MAX, NotHot, invalid, shown

DECIMAL_DIGITS_MAX = 18
DECIMAL_PLACES_MAX = 6

# A binary float holds every decimal of so many digits exactly; beyond, what was written is not known.
_FLOAT_DIGITS_EXACT = 15


@dataclass(frozen=True, slots=True)
class DecimalRule:
    """An exact decimal between two limits, both included, with at most so many digits after the point."""

    at_most: Decimal
    at_least: Decimal = Decimal(0)
    places_max: int = DECIMAL_PLACES_MAX

    def __post_init__(self) -> None:
        assert self.at_least == int(self.at_least), "the lower limit is a whole number"

    def check(self, value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise invalid(f"must be a number, is {shown(value)}")
        if isinstance(value, float):
            value = Decimal(repr(value))
            if value.is_finite() and len(value.normalize().as_tuple().digits) > _FLOAT_DIGITS_EXACT:
                raise invalid(f'must be exact, is the binary float {value}: give it as Decimal("{value}")')
        # A whole number of any length: a Decimal of it would take time by the square of its length.
        if isinstance(value, int) and abs(value) > max(COUNT_MAX, int(self.at_most), -int(self.at_least)):
            raise self._outside(value)
        number = Decimal(value)
        if not number.is_finite():
            raise invalid(f"must be a finite number, is {shown(number)}")
        if not self.at_least <= number <= self.at_most:
            raise self._outside(number)
        return self._plain(number)

    def _outside(self, value: object) -> PydanticCustomError:
        return invalid(f"must be from {self.at_least:f} to {self.at_most:f}, is {shown(value)}")

    def _plain(self, number: Decimal) -> Decimal:
        """The same number without trailing zeros, an exponent above 0 or a minus before 0."""
        # Not normalize(): it rounds to the precision of the context.
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int), "infinities were refused before"
        kept = "".join(map(str, digits)).lstrip("0")
        stripped = kept.rstrip("0")
        places = -(exponent + len(kept) - len(stripped))
        if stripped and places > self.places_max:
            raise invalid(f"must have at most {self.places_max} digits after the point, has {places}")
        if not stripped:
            return Decimal(0)
        return Decimal(f"{Decimal((sign, tuple(map(int, stripped)), -places)):f}")

    def hot_type(self, inner: Any) -> Any:
        # The decoder hands over whole numbers as int and others as the Decimal of their text; see hot_screen.
        return Any

    def hot_screen(self) -> Callable[[Any], Any] | None:
        at_least, at_most = self.at_least, self.at_most
        # A decimal whose text is this short and that is not below the last place has no more places.
        smallest = max(Decimal(1).scaleb(-self.places_max), at_least)
        characters_max = self.places_max + 2

        def screen(value: Any) -> Decimal:
            if type(value) is Decimal:
                if smallest <= value <= at_most and len(str(value)) <= characters_max:
                    return value
            elif type(value) is int and at_least <= value <= at_most:
                return Decimal(value)
            raise NotHot

        return screen

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # A limit with a fraction has no binary float of its own; below the whole number above it is the same.
        whole = self.at_most.to_integral_value(ROUND_CEILING)
        return {
            "type": "number",
            "minimum": int(self.at_least),
            "maximum" if whole == self.at_most else "exclusiveMaximum": int(whole),
            "x-places-max": self.places_max,
        }


Quantity = Annotated[
    Decimal,
    DecimalRule(
        at_most=Decimal(10) ** (DECIMAL_DIGITS_MAX - DECIMAL_PLACES_MAX)
        - Decimal(1).scaleb(-DECIMAL_PLACES_MAX)
    ),
]
"""A decimal from 0 to 999,999,999,999.999999."""

Multiplier = Annotated[Decimal, DecimalRule(at_most=Decimal(100))]
"""A decimal from 0 to 100 with at most 6 places."""
