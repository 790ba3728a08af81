"""A distribution of 1.00 over the three categories in whole hundredths: its rule, and how to come to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Self

import msgspec
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from events.errors import WrongUsage
from events.rules import NotHot, invalid, shown

CATEGORIES: Final = ("community", "environment", "workers")
WHOLE_HUNDREDTHS: Final = 100
"""What the three weights add up to."""
DEFAULT_HUNDREDTHS: Final = (45, 30, 25)
"""What a user's weights are until they are set."""
INVALID_DISTRIBUTION: Final = "invalid_distribution"

WEIGHTS: Final = tuple(Decimal(hundredths).scaleb(-2) for hundredths in range(WHOLE_HUNDREDTHS + 1))
"""By hundredths, with two places."""
_WRITTEN: Final = {
    text: hundredths
    for hundredths, weight in enumerate(WEIGHTS)
    for text in (f"{weight:.2f}", *([f"{weight:.1f}"] if hundredths % 10 == 0 else []))
}
"""Hundredths by how a weight is mostly written."""

_TOLERANCE: Final = Decimal("1E-9")
"""A number so near to a hundredth is that hundredth."""
_LEAST: Final = -_TOLERANCE
_MOST: Final = 1 + _TOLERANCE
_HUNDREDTH: Final = Decimal("0.01")
_SUMMED_MAX: Final = 1_000_000
"""What is further from 0 is told by itself, and not added up."""
_UNKNOWN_SHOWN_MAX: Final = 3
_MAGNITUDE_MAX: Final = 100
"""Digits before or after the point of a number that is spread: beyond, exact arithmetic takes long."""


class Distribution(msgspec.Struct, frozen=True):
    """Three weights with two places that add up to 1.00."""

    community: Decimal
    environment: Decimal
    workers: Decimal

    @classmethod
    def of(cls, hundredths: Iterable[int]) -> Self:
        """From whole hundredths, in the order of CATEGORIES."""
        return cls(*(WEIGHTS[share] for share in hundredths))

    @property
    def hundredths(self) -> tuple[int, int, int]:
        """In the order of CATEGORIES."""
        return (
            int(self.community.scaleb(2)),
            int(self.environment.scaleb(2)),
            int(self.workers.scaleb(2)),
        )


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """What the fast decoder takes: three values, whatever they are."""

    community: Any
    environment: Any
    workers: Any


@dataclass(frozen=True, slots=True)
class DistributionRule:
    """All three categories and no other, each from 0 to 1 in whole hundredths, together 1. The refusal tells
    everything that is wrong."""

    def check(self, value: object) -> Distribution:
        if isinstance(value, Distribution):
            value = msgspec.structs.asdict(value)
        if not isinstance(value, Mapping):
            names = f"{', '.join(CATEGORIES[:-1])} and {CATEGORIES[-1]}"
            raise invalid(f"must be an object with {names}, is {shown(value)}", INVALID_DISTRIBUTION)
        if problems := list(_problems(value)):
            raise invalid("; ".join(problems), INVALID_DISTRIBUTION)
        return Distribution.of(_hundredths(value[name]) or 0 for name in CATEGORIES)

    def hot_type(self, inner: Any) -> Any:
        return _Written

    def hot_screen(self) -> Callable[[Any], Any] | None:
        def screen(written: _Written) -> Distribution:
            community = _hot_hundredths(written.community)
            environment = _hot_hundredths(written.environment)
            workers = _hot_hundredths(written.workers)
            if community is None or environment is None or workers is None:
                raise NotHot
            if community + environment + workers != WHOLE_HUNDREDTHS:
                raise NotHot
            return Distribution(WEIGHTS[community], WEIGHTS[environment], WEIGHTS[workers])

        return screen

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        weight = {"type": "number", "minimum": 0, "maximum": 1, "x-places-max": 2}
        return {
            "type": "object",
            "properties": {name: dict(weight) for name in CATEGORIES},
            "required": list(CATEGORIES),
            "additionalProperties": False,
        }


def distributed(*numbers: int | Decimal) -> Distribution:
    """The distribution nearest to the proportion of three numbers: whole hundredths by largest remainder,
    ties to the first. Exact. Raises WrongUsage for a negative one, and where all are 0."""
    if len(numbers) != len(CATEGORIES):
        raise WrongUsage(f"a distribution is made of {len(CATEGORIES)} numbers, not of {len(numbers)}")
    parts = [_part(name, number) for name, number in zip(CATEGORIES, numbers, strict=True)]
    total = sum(parts)
    if total == 0:
        raise WrongUsage(
            "all numbers are 0: give at least one that is greater, so that there is a proportion"
        )
    exact = [part * WHOLE_HUNDREDTHS / total for part in parts]
    shares = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: WHOLE_HUNDREDTHS - sum(shares)]:
        shares[place] += 1
    return Distribution.of(shares)


def _part(name: str, number: int | Decimal) -> Fraction:
    exact = Decimal(number)
    if not exact.is_finite() or exact < 0:
        raise WrongUsage(f"the number of {name} must be from 0 on, is {shown(number)}")
    exponent = exact.as_tuple().exponent
    assert isinstance(exponent, int), "infinities were refused before"
    if exact and max(exact.adjusted(), -exponent) > _MAGNITUDE_MAX:
        raise WrongUsage(
            f"the number of {name} must have at most {_MAGNITUDE_MAX} digits on either side of the point,"
            f" is {shown(number)}"
        )
    return Fraction(exact)


def _hot_hundredths(value: object) -> int | None:
    """The same as `_hundredths`: a weight as it is mostly written is looked up, which costs less."""
    known = _WRITTEN.get(str(value)) if isinstance(value, Decimal) else None
    return _hundredths(value) if known is None else known


def _hundredths(value: object) -> int | None:
    """The hundredths of a number that is within the tolerance of some from 0 to 1; None for all else."""
    number = _number(value)
    if number is None or not _LEAST <= number <= _MOST:
        return None
    nearest = number.quantize(_HUNDREDTH)
    return int(nearest.scaleb(2)) if nearest - _TOLERANCE <= number <= nearest + _TOLERANCE else None


def _number(value: object) -> Decimal | None:
    """A finite number that is not beyond all limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) <= _SUMMED_MAX else None
    number = Decimal(repr(value)) if isinstance(value, float) else value
    # Compared, not reckoned with: the magnitude of 1e1000000 would overflow.
    return number if number.is_finite() and -_SUMMED_MAX <= number <= _SUMMED_MAX else None


def _added(value: object) -> Decimal | None:
    """The weight, or the number as it is where it is none."""
    hundredths = _hundredths(value)
    return _number(value) if hundredths is None else WEIGHTS[hundredths]


def _problems(given: Mapping[Any, Any]) -> Iterator[str]:
    numbers = [_added(given[name]) for name in CATEGORIES if name in given]
    summed = [number for number in numbers if number is not None]
    # Of less than all that is given a sum would say nothing.
    if summed and len(summed) == len(numbers) and (total := sum(summed, Decimal(0))) != 1:
        is_in_hundredths = total == total.quantize(_HUNDREDTH)
        yield f"sum is {total:.2f}" if is_in_hundredths else f"sum is {shown(total)}"
    for name in CATEGORIES:
        if name not in given:
            yield f"{name} is missing"
        elif (problem := _problem(given[name])) is not None:
            yield f"{name} must be {problem}, is {shown(given[name])}"
    unknown = [name for name in given if name not in CATEGORIES]
    for name in unknown[:_UNKNOWN_SHOWN_MAX]:
        yield f"{shown(name)} is no category"
    if len(unknown) > _UNKNOWN_SHOWN_MAX:
        yield f"neither are {len(unknown) - _UNKNOWN_SHOWN_MAX} more"


def _problem(value: object) -> str | None:
    """What a weight should be and is not."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return "a number"
    if _hundredths(value) is not None:
        return None
    number = _number(value)
    return "whole hundredths" if number is not None and 0 <= number <= 1 else "from 0 to 1"
