"""The tables of system 3 in each generation.

Everything about a user belongs to the partition of its id. Weights are whole hundredths in memory and here;
only `impact_weights` has them as people write them, because its constraints hold for whoever writes it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from projections.tables import CounterTable, StateTable


class User(msgspec.Struct, frozen=True, gc=False):
    """A user's weights in hundredths; a tombstone for ever once deleted, without weights."""

    user_id: str
    community: int = 0
    environment: int = 0
    workers: int = 0
    version: int = 0
    """How often the weights were set, registration included: what `expected_version` is compared with."""
    set_at: datetime | None = None
    deleted: bool = False


class ImpactWeight(msgspec.Struct, frozen=True, gc=False):
    """The weight of a category (`Community`, `Environment`, `Workers`) to a user, with two places."""

    user_id: str
    category: str
    weight: Decimal


class UserVersion(msgspec.Struct, frozen=True, gc=False):
    """The weights of one version in hundredths, and which event set them when."""

    user_id: str
    version: int
    community: int
    environment: int
    workers: int
    effective_from: datetime
    event_id: str


USERS: Final = StateTable(
    "users",
    User,
    key_width=1,
    checks=(
        "community BETWEEN 0 AND 100 AND environment BETWEEN 0 AND 100 AND workers BETWEEN 0 AND 100",
        "community + environment + workers = CASE WHEN deleted THEN 0 ELSE 100 END",
    ),
)

# That the rows of a user sum to 1 is a deferred constraint of its own: see functions.sql.
IMPACT_WEIGHTS: Final = StateTable(
    "impact_weights",
    ImpactWeight,
    key_width=2,
    checks=(
        "category IN ('Community', 'Environment', 'Workers')",
        "weight BETWEEN 0 AND 1",
        "weight = round(weight, 2)",
    ),
    follows=True,
)

HISTORY: Final = StateTable("history", UserVersion, key_width=2, kept=False)

POPULATION: Final = CounterTable("population", key={"category": str, "hundredths": int}, sums={"users": int})
"""How many users give a category so many hundredths: at most 303 rows."""
