"""Magnitudes: orders in which a row seldom moves, so that an index over them is seldom written.

An index over a count is written whenever the count moves, and with it every other index of the row. The
magnitude of a number is the first bits of it as a float64: sign, exponent and some of the mantissa. It never
falls while the number rises. Lists walk an index over magnitudes and sort those of one magnitude by the
number itself. Postgres has the same function as ``groundswell.magnitude``.
"""

import struct
from dataclasses import dataclass
from typing import Final

_float64 = struct.Struct(">d")
_EXPONENT_BIAS: Final = 1_023
_MANTISSA_BITS: Final = 20
"""Of the mantissa in the first 32 bits."""


@dataclass(frozen=True)
class Magnitude:
    """How many bits of mantissa are kept: ``pivot`` less the exponent, but ``least`` to ``most`` of them."""

    least: int
    most: int
    pivot: int

    def of(self, number: int) -> int:
        """The magnitude of a number from 0 on."""
        first = int.from_bytes(_float64.pack(number)[:4], "big")
        exponent = (first >> _MANTISSA_BITS) - _EXPONENT_BIAS
        gone = _MANTISSA_BITS - max(self.least, min(self.most, self.pivot - exponent))
        return first >> gone << gone

    @property
    def arguments(self) -> tuple[int, ...]:
        """What Postgres's function takes beside the number: a cheaper one where there is but one number of
        bits."""
        return (self.least,) if self.least == self.most else (self.least, self.most, self.pivot)

    @property
    def exact_below(self) -> int:
        """A lower magnitude is that of one whole number alone."""
        bits = 0
        while max(self.least, min(self.most, self.pivot - bits)) >= bits:
            bits += 1
        return self.of(1 << bits)


COUNTS: Final = Magnitude(least=6, most=6, pivot=6)
"""For lists of all videos: each whole number below 128 has its own, one above takes in 0.8 to 1.6 percent."""
SCORES: Final = Magnitude(least=6, most=13, pivot=26)
"""The same for impact, where most are among few low values, a comment apart: each whole number below 16,384
has its own, from 1,048,576 on one takes in as much as of counts."""
COARSE_COUNTS: Final = Magnitude(least=4, most=4, pivot=4)
"""For shorter lists: each whole number below 32 has its own, one above takes in 3 to 6 percent. Among 116,000
videos of a hashtag that are 1,200 rows at most: a page in their middle has to read and sort so many."""
COARSE_SCORES: Final = Magnitude(least=4, most=11, pivot=24)
"""The same for impact: each whole number below 4,096 has its own, from 1,048,576 on one takes in as much as
of counts."""
