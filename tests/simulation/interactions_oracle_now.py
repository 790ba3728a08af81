"""The scores (now) of system 5 for its oracle, as of a moment.

The score is the sum of weight * 2^(-(t - at) / H) over what counts; what `oracle_heat` says of rounding
within an hour holds here too.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tests.simulation.interactions_oracle_facts import Entry, Facts
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_heat import HALF_LIFE, heat_micros, hour_of, power_of_two, rounded

WEIGHTS: Final = {"resonance": 1, "amplification": 3}
BRANCH_WEIGHT: Final = 5
SHARE_WEIGHT: Final = 2
SCORE_PLACES: Final = 6


def entry_scores(facts: Facts, moment: datetime, half_life: timedelta = HALF_LIFE) -> list[Row]:
    """View `entry_scores`."""
    rows: list[Row] = []
    for entry in facts.standing():
        score = sum(
            (
                weight * heat_micros(at, half_life) * power_of_two(hour_of(at) - moment, half_life)
                for weight, at in _warmths(facts, entry)
            ),
            Decimal(0),
        )
        rows.append({"entry_id": entry.id, "trending_score": rounded(score.scaleb(-6), SCORE_PLACES)})
    return rows


def _warmths(facts: Facts, entry: Entry) -> Iterator[tuple[int, datetime]]:
    for state, weight in WEIGHTS.items():
        for at in entry.states[state].values():
            yield weight, at
    for at in entry.shares:
        yield SHARE_WEIGHT, at
    for branch in facts.forest.of_parent.get(entry.id, ()):
        yield BRANCH_WEIGHT, branch.at
