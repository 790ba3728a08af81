"""What the decisions of system 4 must say of a period, for its oracle: by the ballots, every pair compared.

An assignment's least cost is found by trying everything, so a period must be small.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_rounding import rounded, rounded_root
from tests.simulation.rankings_oracle_period import Period
from tests.simulation.rankings_oracle_views import positions

_LIMITS = ((Fraction(1, 5), "very-high"), (Fraction(2, 5), "high"), (Fraction(3, 5), "medium"))


def congestion(period: Period) -> list[Row]:
    """What a calculation says of each topic, by id."""
    found = {name: positions(period, name) for name in period.live()}
    averages = {name: Fraction(sum(places), len(places)) for name, places in found.items() if places}
    return [
        {"topic_id": name, "students": len(places), **_contested(name, places, averages, len(found))}
        for name, places in found.items()
    ]


def _contested(name: str, places: Sequence[int], averages: dict[str, Fraction], topics: int) -> Row:
    if not places:
        return dict.fromkeys(("average", "standard_deviation", "percentile", "category"))
    average = averages[name]
    variance = sum(((place - average) ** 2 for place in places), Fraction(0)) / len(places)
    share = average / topics
    return {
        "average": rounded(average),
        "standard_deviation": rounded_root(variance),
        "percentile": rounded(_percentile(average, [averages[other] for other in averages if other != name])),
        "category": next((category for limit, category in _LIMITS if share <= limit), "low"),
    }


def _percentile(average: Fraction, others: Sequence[Fraction]) -> Fraction:
    """The share of the others that are less contested; ties count half."""
    if not others:
        return Fraction(100)
    points = sum(2 * (other > average) + (other == average) for other in others)
    return Fraction(100 * points, 2 * len(others))


def preferences(period: Period) -> dict[str, dict[str, int]]:
    """Where each student who ranks any topic put it."""
    live = period.live().keys()
    ranked = {student: ballot.positions(live) for student, ballot in sorted(period.ballots.items())}
    return {student: places for student, places in ranked.items() if places}


def least_cost(period: Period) -> int:
    """The least sum of places over all ways to give topics out; one that was not ranked stands after all."""
    topics = [*period.live().values()]
    wanted = [*preferences(period).values()]
    dear = len(topics) + 1

    @cache
    def least(student: int, left: tuple[int, ...]) -> int:
        if student == len(wanted):
            return 0
        ways = [dear + least(student + 1, left)]
        for number, topic in enumerate(topics):
            if left[number]:
                remaining = (*left[:number], left[number] - 1, *left[number + 1 :])
                ways.append(wanted[student].get(topic.id, dear) + least(student + 1, remaining))
        return min(ways)

    return least(0, tuple(min(topic.capacity, len(wanted)) for topic in topics))
