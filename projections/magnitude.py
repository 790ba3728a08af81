"""Magnitudes: orders in which a row seldom moves, so that an index over them is seldom written.

An index over a count is written whenever the count moves, and with it every other index of the row. The
magnitude of a number is the first bits of it as a float64: sign, exponent and some of the mantissa. It never
falls while the number rises. Lists walk an index over magnitudes and sort those of one magnitude by the
number itself. Postgres has the same functions in schema ``groundswell``.
"""

import struct
from typing import Final

_float64 = struct.Struct(">d")
_EXPONENT_BIAS: Final = 1_023
_MANTISSA_BITS: Final = 20
"""Of the mantissa in the first 32 bits."""
_FINE_BITS_MIN: Final = 6
_FINE_BITS_MAX: Final = 13


def magnitude(number: int) -> int:
    """With 6 bits of mantissa: below 128 each whole number has its own, above it one takes in 0.8 to 1.6
    percent. ``number`` is from 0 on."""
    return int.from_bytes(_float64.pack(number)[:3], "big") >> 6


EXACT_BELOW: Final = magnitude(128)
"""A lower magnitude is that of one whole number alone."""


def fine_magnitude(number: int) -> int:
    """For scores, most of which are among few low values: below 16,384 each whole number has its own, from
    1,048,576 on it has 6 bits of mantissa as the other has. ``number`` is from 0 on."""
    first = int.from_bytes(_float64.pack(number)[:4], "big")
    exponent = (first >> _MANTISSA_BITS) - _EXPONENT_BIAS
    kept = max(_FINE_BITS_MIN, min(_FINE_BITS_MAX, 2 * _FINE_BITS_MAX - exponent))
    gone = _MANTISSA_BITS - kept
    return first >> gone << gone


FINE_EXACT_BELOW: Final = fine_magnitude(16_384)
"""A lower fine magnitude is that of one whole number alone."""
