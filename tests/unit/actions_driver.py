"""The fold of system 1 in a driver, with events of its types in one line each."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from events.actions import (
    ActionLogged,
    ActionRetracted,
    BucketWeightSet,
    RippleBoosted,
    RippleChanged,
    RippleCreated,
    RippleDeleted,
    RippleJoined,
    RippleLeft,
    WaveChanged,
    WaveCreated,
    WaveDeleted,
)
from projections.actions.tables import Action, Membership, Ripple
from streams.folds.actions import SYSTEM
from streams.hours import hour_of
from tests.unit.fold_driver import FoldDriver, Selection
from tests.unit.made_events import BASE as BASE
from tests.unit.made_events import HOUR as HOUR
from tests.unit.made_events import struct


def _of_ripple(arguments: Any, row: Action | Membership, driver: FoldDriver) -> bool:
    return (row.wave_id, row.ripple_id) == (arguments["wave_id"], arguments["ripple_id"])


def _of_wave(arguments: Any, row: Action | Membership | Ripple, driver: FoldDriver) -> bool:
    return bool(row.wave_id == arguments["wave_id"])


def _to_weigh(arguments: Any, row: Action, driver: FoldDriver) -> bool:
    if row.at is None or row.bucket != arguments["bucket"]:
        return False
    until = arguments["until_hour"]
    return arguments["from_hour"] <= hour_of(row.at) and (until is None or hour_of(row.at) < until)


def _boosts(arguments: Any, row: tuple[Any, ...], driver: FoldDriver) -> bool:
    wave_id, ripple_id, _, kind, *_ = row
    of_ripple = arguments["ripple_id"] in (None, ripple_id)
    return bool(kind == "boost" and wave_id == arguments["wave_id"] and of_ripple)


SELECTIONS: dict[str, Selection] = {
    "purge_boosts": _boosts,
    "purge_ripple_actions": lambda arguments, row, driver: (
        row.at is not None and _of_ripple(arguments, row, driver)
    ),
    "purge_ripple_memberships": _of_ripple,
    "purge_wave_actions": _of_wave,
    "purge_wave_memberships": _of_wave,
    "purge_wave_ripples": _of_wave,
    "reweigh": _to_weigh,
}


def actions_driver(partition: int = 0) -> FoldDriver:
    """An empty partition of system 1."""
    return FoldDriver(SYSTEM.fold, SELECTIONS, partition)


def wave(wave_id: str = "w", title: str = "Clean coast", **fields: Any) -> Any:
    """A wave is created."""
    return struct(WaveCreated, wave_id=wave_id, title=title, **fields)


def wave_changed(wave_id: str = "w", **fields: Any) -> Any:
    """A wave is changed."""
    return struct(WaveChanged, wave_id=wave_id, **fields)


def wave_deleted(wave_id: str = "w", **fields: Any) -> Any:
    """A wave is deleted."""
    return struct(WaveDeleted, wave_id=wave_id, **fields)


def ripple(ripple_id: str = "r", title: str = "Beach day", wave_id: str = "w", **fields: Any) -> Any:
    """A ripple is created."""
    return struct(RippleCreated, wave_id=wave_id, ripple_id=ripple_id, title=title, **fields)


def ripple_changed(ripple_id: str = "r", title: str = "River day", wave_id: str = "w", **fields: Any) -> Any:
    """A ripple gets a title."""
    return struct(RippleChanged, wave_id=wave_id, ripple_id=ripple_id, title=title, **fields)


def ripple_deleted(ripple_id: str = "r", wave_id: str = "w", **fields: Any) -> Any:
    """A ripple is deleted."""
    return struct(RippleDeleted, wave_id=wave_id, ripple_id=ripple_id, **fields)


def joined(actor: str, ripple_id: str = "r", wave_id: str = "w", **fields: Any) -> Any:
    """Somebody joins a ripple."""
    return struct(RippleJoined, actor=actor, wave_id=wave_id, ripple_id=ripple_id, **fields)


def left(actor: str, ripple_id: str = "r", wave_id: str = "w", **fields: Any) -> Any:
    """Somebody leaves a ripple."""
    return struct(RippleLeft, actor=actor, wave_id=wave_id, ripple_id=ripple_id, **fields)


def boosted(points: int, ripple_id: str = "r", wave_id: str = "w", **fields: Any) -> Any:
    """A ripple gets points."""
    return struct(RippleBoosted, wave_id=wave_id, ripple_id=ripple_id, points=points, **fields)


def logged(
    action_id: str, actor: str = "ann", ripple_id: str = "r", wave_id: str = "w", **fields: Any
) -> Any:
    """Somebody logs an action, of bucket "cleaning" unless said otherwise."""
    fields = {"bucket": "cleaning", **fields}
    return struct(
        ActionLogged, action_id=action_id, actor=actor, ripple_id=ripple_id, wave_id=wave_id, **fields
    )


def retracted(action_id: str, ripple_id: str = "r", wave_id: str = "w", **fields: Any) -> Any:
    """An action is taken back."""
    return struct(ActionRetracted, action_id=action_id, ripple_id=ripple_id, wave_id=wave_id, **fields)


def weight_set(bucket: str, multiplier: float | int, effective_from: datetime, **fields: Any) -> Any:
    """A bucket weighs something else from an hour on."""

    return struct(
        BucketWeightSet,
        bucket=bucket,
        multiplier=Decimal(str(multiplier)),
        effective_from=effective_from,
        **fields,
    )


def golden() -> FoldDriver:
    """Ten conversations and four plannings, and what else there is to count."""
    return actions_driver().given(
        wave(category="environment", allowed_buckets=("conversation", "planning"), what_we_count="Bags"),
        ripple(),
        *(logged(f"c{number}", bucket="conversation", at=BASE.replace(minute=0)) for number in range(10)),
        *(logged(f"p{number}", "bob", bucket="planning", at=BASE) for number in range(4)),
        joined("eve"),
        boosted(25),
        logged(
            "k", "ann", "s", "v", quantity=Decimal("15.5"), unit="kg of litter removed", note="Hello", at=BASE
        ),
    )
