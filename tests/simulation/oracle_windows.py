"""Views of now for the oracle: what they must say as of a minute or an hour.

`ripple_counters` counts whole minutes, `impact_calculations` and `impact_indexes` whole hours; what happened
at or after the moment of a calculation is not in it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tests.simulation.oracle_facts import Facts, LiveAction, Ripple, Row
from tests.simulation.oracle_heat import HALF_LIFE, Heat, rounded, warmths
from tests.simulation.oracle_views import exact_sum

MINUTE: Final = timedelta(minutes=1)
TIMEFRAMES: Final[dict[str, timedelta | None]] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "all": None,
}
INDEX_TIMEFRAME: Final = timedelta(days=30)
INDEX_LEAST: Final = Decimal("0.50")
INDEX_MOST: Final = Decimal("3.00")
INDEX_ALONE: Final = Decimal("1.00")


def _by_ripple(facts: Facts) -> dict[Ripple, list[LiveAction]]:
    actions: dict[Ripple, list[LiveAction]] = defaultdict(list)
    for action in facts.actions:
        actions[action.ripple].append(action)
    return actions


def minutes_up_to(actions: Sequence[LiveAction], minute: datetime, minutes: int) -> int:
    """How many actions lie in so many whole minutes, of which the given one is the last."""
    first = minute - (minutes - 1) * MINUTE
    return sum(1 for action in actions if first <= action.event.at < minute + MINUTE)


def live_counters(facts: Facts, minute: datetime, half_life: timedelta = HALF_LIFE) -> list[Row]:
    """The columns (now) of `ripple_counters` as of a minute; trending_score is not rounded."""
    by_ripple = _by_ripple(facts)
    heat = Heat(warmths(facts), half_life)
    return [
        {
            "wave_id": ripple[0],
            "ripple_id": ripple[1],
            "actions_1h": minutes_up_to(by_ripple.get(ripple, []), minute, 60),
            "actions_24h": minutes_up_to(by_ripple.get(ripple, []), minute, 24 * 60),
            "trending_score": heat.score_now(minute, ripple),
        }
        for ripple in facts.visible_ripples()
    ]


def _actions_before(
    actions: Sequence[LiveAction], end: datetime, timeframe: timedelta | None
) -> list[LiveAction]:
    """Those from `timeframe` before the end up to it, the end not included; all before it without one."""
    return [
        action
        for action in actions
        if action.event.at < end and (timeframe is None or action.event.at >= end - timeframe)
    ]


def impact_calculations(facts: Facts, hour: datetime) -> list[Row]:
    """View `impact_calculations` as of a whole hour: each visible ripple and timeframe, also an empty one."""
    by_ripple = _by_ripple(facts)
    rows: list[Row] = []
    for ripple in facts.visible_ripples():
        for name, timeframe in sorted(TIMEFRAMES.items()):
            actions = _actions_before(by_ripple.get(ripple, []), hour, timeframe)
            rows.append(
                {
                    "wave_id": ripple[0],
                    "ripple_id": ripple[1],
                    "timeframe": name,
                    "actions": len(actions),
                    "impact": exact_sum(action.impact for action in actions),
                    "calculated_at": hour,
                }
            )
    return rows


def impact_indexes(facts: Facts, hour: datetime, *, of_idle: bool = True) -> list[Row]:
    """View `impact_indexes` as of a whole hour, for every visible ripple, or only those that acted in it."""
    recent: dict[Ripple, Decimal] = {}
    for ripple, actions in _by_ripple(facts).items():
        counted = _actions_before(actions, hour, INDEX_TIMEFRAME)
        if counted:
            recent[ripple] = exact_sum(action.impact for action in counted)
    rows: list[Row] = []
    for ripple in facts.visible_ripples() if of_idle else sorted(recent):
        peers = [other for other in recent if other[0] == ripple[0]]
        middle = median([recent[peer] for peer in peers])
        own = recent.get(ripple, Decimal(0))
        has_company = any(peer != ripple for peer in peers)
        rows.append(
            {
                "wave_id": ripple[0],
                "ripple_id": ripple[1],
                "impact_30d": own,
                "wave_median_30d": middle,
                "index": impact_index(own, middle) if has_company and middle else INDEX_ALONE,
            }
        )
    return rows


def median(numbers: Sequence[Decimal]) -> Decimal:
    """The middle one, or the mean of the two in the middle; 0 of none."""
    if not numbers:
        return Decimal(0)
    ordered = sorted(numbers)
    return exact_sum((ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2])) / 2


def impact_index(impact: Decimal, middle: Decimal) -> Decimal:
    """How a ripple compares with the middle of its wave: within 0.50 and 3.00, to two places."""
    return rounded(min(max(impact / middle, INDEX_LEAST), INDEX_MOST), 2)
