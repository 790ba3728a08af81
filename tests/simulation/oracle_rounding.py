"""Exact fractions and their roots as views show them, for the oracles: half up, to six places."""

from decimal import Decimal
from fractions import Fraction
from math import floor, isqrt
from typing import Final

PLACES: Final = 6
_SCALE: Final = 10**PLACES


def rounded(exact: Fraction) -> Decimal:
    """A fraction that is not negative."""
    return Decimal(floor(exact * _SCALE + Fraction(1, 2))).scaleb(-PLACES)


def rounded_root(square: Fraction) -> Decimal:
    """The root of a fraction; no float comes in between."""
    return Decimal((isqrt(floor(4 * square * _SCALE**2)) + 1) // 2).scaleb(-PLACES)
