"""The fold of system 3 in a driver, with events of its types in one line each."""

from decimal import Decimal
from typing import Any

from events.distributions import CATEGORIES, Distribution
from events.weights import UserDeleted, UserRegistered, WeightsSet
from projections.weights.tables import HISTORY, USERS, User, UserVersion
from streams.folds.weights import SYSTEM
from tests.unit.fold_driver import FoldDriver
from tests.unit.made_events import BASE as BASE
from tests.unit.made_events import HOUR as HOUR
from tests.unit.made_events import struct


def weights_driver(partition: int = 0) -> FoldDriver:
    """An empty partition of system 3."""
    selections = {"purge_history": lambda arguments, row, driver: row.user_id == arguments["user_id"]}
    return FoldDriver(SYSTEM.fold, selections, partition)


def registered(user_id: str = "ada", **fields: Any) -> Any:
    """A user registers."""
    return struct(UserRegistered, user_id=user_id, **fields)


def weights_set(*hundredths: int, user_id: str = "ada", **fields: Any) -> Any:
    """A user's weights are set."""
    return struct(WeightsSet, user_id=user_id, weights=Distribution.of(hundredths), **fields)


def deleted(user_id: str = "ada", **fields: Any) -> Any:
    """A user is removed."""
    return struct(UserDeleted, user_id=user_id, **fields)


def written(*numbers: object) -> dict[str, object]:
    """Weights as a producer writes them; what is None is left out."""
    pairs = zip(CATEGORIES, numbers, strict=False)
    return {
        name: Decimal(number) if isinstance(number, str) else number
        for name, number in pairs
        if number is not None
    }


def user_of(driver: FoldDriver, user_id: str = "ada") -> User:
    """The user's row."""
    row: User = driver.rows[USERS][(user_id,)]
    return row


def versions_of(driver: FoldDriver, user_id: str = "ada") -> list[UserVersion]:
    """The user's versions in their order."""
    return [row for key, row in sorted(driver.rows[HISTORY].items()) if key[0] == user_id]
