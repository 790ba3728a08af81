"""What the questions about system 3 answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from events.distributions import DEFAULT_HUNDREDTHS, WEIGHTS

DEFAULT_WEIGHTS = tuple(WEIGHTS[hundredths] for hundredths in DEFAULT_HUNDREDTHS)
"""In the order of events.distributions.CATEGORIES."""


@dataclass(frozen=True)
class StandingWeights:
    """A user's weights, with two places."""

    user_id: str
    community: Decimal
    environment: Decimal
    workers: Decimal
    version: int
    set_at: datetime | None


@dataclass(frozen=True)
class Weights(StandingWeights):
    """``is_default``: nothing is known of the user, or was at that time; then ``version`` is 0 and ``set_at``
    None."""

    is_default: bool

    @classmethod
    def default(cls, user_id: str) -> "Weights":
        """What everybody begins with."""
        community, environment, workers = DEFAULT_WEIGHTS
        return cls(user_id, community, environment, workers, version=0, set_at=None, is_default=True)


@dataclass(frozen=True)
class WeightsVersion:
    """A version of a user's weights, in force from one time until another (None: until now). The same time
    twice: it never was, as a later version was in force before."""

    user_id: str
    version: int
    community: Decimal
    environment: Decimal
    workers: Decimal
    effective_from: datetime
    effective_to: datetime | None
    event_id: str


@dataclass(frozen=True)
class CategoryPopulation:
    """What users give a category; ``spread`` is the standard deviation over all of them."""

    category: str
    users: int
    mean: Decimal
    median: Decimal
    spread: Decimal
    minimum: Decimal
    maximum: Decimal


@dataclass(frozen=True)
class WaveImpact:
    """A user's own impact in a wave, times what the wave's category weighs to the user; without a category
    it weighs 0."""

    wave_id: str
    category: str | None
    impact: Decimal
    weight: Decimal
    personal_impact: Decimal


@dataclass(frozen=True)
class PersonalImpact:
    """``total`` and ``waves`` count all waves, ``rows`` are those with the greatest personal impact."""

    weights: Weights
    total: Decimal
    waves: int
    rows: list[WaveImpact]
