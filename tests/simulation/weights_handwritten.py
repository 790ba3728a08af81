"""A log of system 3 written by hand."""

from datetime import datetime
from typing import Self

from tests.simulation.handwritten import NOON, HandwrittenLog
from tests.simulation.weights_oracle import weights_expected
from tests.simulation.weights_oracle_facts import Facts
from tests.simulation.weights_oracle_reading import CATEGORIES
from tests.simulation.weights_random_world import key_of


class WeightsLog(HandwrittenLog[Facts]):
    """Users and their weights; the user is `ada` unless said otherwise."""

    def __init__(self, partitions: int = 1) -> None:
        super().__init__("weights", key_of, weights_expected, partitions)

    def registered(self, user_id: str = "ada", at: datetime = NOON, **own: object) -> Self:
        """Somebody is there."""
        return self.add("user_registered", at, user_id=user_id, **own)

    def deleted(self, user_id: str = "ada", at: datetime = NOON, **own: object) -> Self:
        """Somebody is gone."""
        return self.add("user_deleted", at, user_id=user_id, **own)

    def set(self, *weights: object, user_id: str = "ada", at: datetime = NOON, **own: object) -> Self:
        """Three weights, as JSON has them, for Community, Environment and Workers."""
        given = dict(zip(CATEGORIES, weights, strict=True))
        return self.add("weights_set", at, user_id=user_id, weights=given, **own)
