"""The rows of each view of schema `weights`, and what is asked of them: as of a time, over all users."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_rounding import rounded, rounded_root
from tests.simulation.weights_oracle_facts import DEFAULTS, Facts, Version
from tests.simulation.weights_oracle_reading import CATEGORIES, HUNDREDTHS

NAMES: Final = {"community": "Community", "environment": "Environment", "workers": "Workers"}
"""How view `impact_weights` writes the categories."""


def shown(hundredths: int) -> Decimal:
    """Hundredths as a view shows them."""
    return Decimal(hundredths).scaleb(-2)


def current(facts: Facts) -> list[Row]:
    """View `current`."""
    return [
        {
            "user_id": user.id,
            **_weights(user.versions[-1].hundredths),
            "version": len(user.versions),
            "set_at": user.versions[-1].at,
        }
        for user in facts.standing()
    ]


def impact_weights(facts: Facts) -> list[Row]:
    """View `impact_weights`: three rows a user."""
    return [
        {"user_id": row["user_id"], "category": NAMES[category], "weight": row[category]}
        for row in current(facts)
        for category in CATEGORIES
    ]


def history(facts: Facts) -> list[Row]:
    """View `history`: a version stands until the earliest of those after it begins."""
    return [
        {
            "user_id": user.id,
            "version": version.number,
            **_weights(version.hundredths),
            "effective_from": version.at,
            "effective_to": _end(version, user.versions[version.number :]),
            "event_id": str(version.event_id),
        }
        for user in facts.standing()
        for version in user.versions
    ]


def _end(version: Version, later: Sequence[Version]) -> datetime | None:
    return max(version.at, min(after.at for after in later)) if later else None


def as_of(facts: Facts, user_id: str, moment: datetime) -> tuple[Mapping[str, int], int]:
    """What a user's weights were, in hundredths, with their version; the defaults with 0 where none stood."""
    user = facts.users.get(user_id)
    versions = [] if user is None or user.removed else user.versions
    standing = [version for version in versions if version.at <= moment]
    return (standing[-1].hundredths, standing[-1].number) if standing else (DEFAULTS, 0)


def population_cells(facts: Facts) -> list[Row]:
    """How many users give a category so much, by category and hundredths."""
    counts = Counter((category, given) for category in CATEGORIES for given in _given(facts, category))
    return [
        {"category": category, "hundredths": hundredths, "users": users}
        for (category, hundredths), users in sorted(counts.items())
    ]


def population(facts: Facts) -> list[Row]:
    """View `population`: what all users' weights of a category are like."""
    given = {category: _given(facts, category) for category in CATEGORIES}
    return [{"category": category, **_spread(weights)} for category, weights in given.items() if weights]


def _given(facts: Facts, category: str) -> list[int]:
    return sorted(user.versions[-1].hundredths[category] for user in facts.standing())


def _spread(given: Sequence[int]) -> Row:
    weights = [Fraction(hundredths, HUNDREDTHS) for hundredths in given]
    mean = sum(weights, Fraction(0)) / len(weights)
    middle = (weights[(len(weights) - 1) // 2] + weights[len(weights) // 2]) / 2
    variance = sum(((weight - mean) ** 2 for weight in weights), Fraction(0)) / len(weights)
    return {
        "users": len(weights),
        "mean": rounded(mean),
        "median": rounded(middle),
        "spread": rounded_root(variance),
        "minimum": shown(given[0]),
        "maximum": shown(given[-1]),
    }


def _weights(hundredths: Mapping[str, int]) -> Row:
    return {category: shown(hundredths[category]) for category in CATEGORIES}
