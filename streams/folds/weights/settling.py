"""What follows from a user's weights: a row for each category, and the user's place in the population."""

from typing import Final

from events.distributions import CATEGORIES, WEIGHTS
from projections.weights.tables import IMPACT_WEIGHTS, POPULATION, ImpactWeight, User
from streams.folding import WHOLE, Change, add

USERS_OF: Final = POPULATION.index_of("users")

Shares = dict[str, int]


def settle_user(before: User | None, after: User | None) -> list[Change]:
    """All three rows when any is another than before: whatever somebody wrote into them by hand, they sum
    to 1 again. In the population what has moved."""
    user = after or before
    were, are = _shares(before), _shares(after)
    if user is None or were == are:
        return []
    changes: list[Change] = []
    for category in CATEGORIES:
        was, now = were.get(category), are.get(category)
        name = category.capitalize()
        row = None if now is None else ImpactWeight(user.user_id, name, WEIGHTS[now])
        changes.append((IMPACT_WEIGHTS, (user.user_id, name), WHOLE, row))
        if was == now:
            continue
        if was is not None:
            changes.append(add(POPULATION, (category, was), USERS_OF, -1))
        if now is not None:
            changes.append(add(POPULATION, (category, now), USERS_OF, 1))
    return changes


def _shares(user: User | None) -> Shares:
    """Hundredths by category; none of a user that is not there."""
    if user is None or user.deleted:
        return {}
    return dict(zip(CATEGORIES, (user.community, user.environment, user.workers), strict=True))
