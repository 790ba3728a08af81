"""How contested each topic of a period is, in whole numbers all through: equal input, equal output."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import isqrt
from typing import Final, NamedTuple

from events.decimals import DECIMAL_PLACES_MAX
from events.rankings_decisions import CongestionCategory, TopicCongestion

MICROS: Final = 10**DECIMAL_PLACES_MAX
PERCENT: Final = 100
FIFTHS: Final[tuple[tuple[int, CongestionCategory], ...]] = ((1, "very-high"), (2, "high"), (3, "medium"))
"""Up to so many fifths of the number of topics an average position is of that category."""


class TopicCounts(NamedTuple):
    """What the ballots of a period add up to for one topic."""

    topic_id: str
    students: int
    sum_of_positions: int
    sum_of_squares: int


def metrics(counts: Sequence[TopicCounts], topics: int) -> list[TopicCongestion]:
    """The metrics of these topics, which are all of a period that has so many; in their order."""
    percentiles = _percentiles(counts)
    return [
        TopicCongestion(
            topic_id=each.topic_id,
            students=each.students,
            average=_average(each),
            standard_deviation=_standard_deviation(each),
            percentile=percentiles.get(each.topic_id),
            category=category(each, topics),
        )
        for each in counts
    ]


def category(counts: TopicCounts, topics: int) -> CongestionCategory | None:
    """By average position over the number of topics; None: nobody ranks it."""
    if not counts.students:
        return None
    for fifths, name in FIFTHS:
        if 5 * counts.sum_of_positions <= fifths * counts.students * topics:
            return name
    return "low"


def rounded(numerator: int, denominator: int) -> Decimal:
    """A quotient of numbers from 0 with six places, rounded half up."""
    return _in_micros((2 * MICROS * numerator + denominator) // (2 * denominator))


def _in_micros(micros: int) -> Decimal:
    return Decimal(micros).scaleb(-DECIMAL_PLACES_MAX)


def _average(counts: TopicCounts) -> Decimal | None:
    return rounded(counts.sum_of_positions, counts.students) if counts.students else None


def _standard_deviation(counts: TopicCounts) -> Decimal | None:
    """Of the whole population: the root of (n * sum of squares - sum^2) / n^2."""
    n = counts.students
    if not n:
        return None
    # Below 0 only where sums have drifted: that is for a reconciliation to find, and other topics go on.
    scaled = max(0, n * counts.sum_of_squares - counts.sum_of_positions**2)
    # The root of a whole part is the whole part of the root: half of the last place is not lost.
    twice = isqrt(4 * MICROS**2 * scaled // n**2)
    return _in_micros((twice + 1) // 2)


def _percentiles(counts: Sequence[TopicCounts]) -> dict[str, Decimal]:
    """By ranked topic: of the others so many in a hundred have a larger average, of ties one half."""
    averages = {
        each.topic_id: Fraction(each.sum_of_positions, each.students) for each in counts if each.students
    }
    others = len(averages) - 1
    if others == 0:
        return dict.fromkeys(averages, Decimal(PERCENT))
    sizes = Counter(averages.values())
    ascending = sorted(sizes)
    # How many topics have an average up to each.
    up_to = dict(zip(ascending, accumulate(sizes[average] for average in ascending), strict=True))
    return {
        topic_id: rounded(PERCENT * (2 * (len(averages) - up_to[average]) + sizes[average] - 1), 2 * others)
        for topic_id, average in averages.items()
    }
