"""The fold of system 5 in a driver, with events of its types in one line each."""

from typing import Any

from events.interactions import (
    AmplificationAdded,
    AmplificationRemoved,
    AmplificationToggled,
    EntryBranched,
    EntryChanged,
    EntryCreated,
    EntryDeleted,
    EntryShared,
    ResonanceAdded,
    ResonanceRemoved,
    ResonanceToggled,
)
from projections.interactions.rows import Entry, Place, UserEntry
from projections.interactions.tables import ENTRIES, PLACES, USER_ENTRIES
from streams.folds.interactions import SYSTEM
from tests.unit.fold_driver import FoldDriver, Selection
from tests.unit.made_events import BASE as BASE
from tests.unit.made_events import HOUR as HOUR
from tests.unit.made_events import struct

SELECTIONS: dict[str, Selection] = {
    "purge_entry_users": lambda arguments, row, driver: row.entry_id == arguments["entry_id"],
    "purge_entry_activity": lambda arguments, row, driver: row[0] == arguments["entry_id"],
}


def interactions_driver() -> FoldDriver:
    """An empty partition of system 5."""
    return FoldDriver(SYSTEM.fold, SELECTIONS)


def entry_of(driver: FoldDriver, entry_id: str = "e") -> Entry:
    """The entry's row."""
    found: Entry = driver.rows[ENTRIES][(entry_id,)]
    return found


def place_of(driver: FoldDriver, entry_id: str) -> Place:
    """The entry's place."""
    found: Place = driver.rows[PLACES][(entry_id,)]
    return found


def state_of(driver: FoldDriver, user_id: str, entry_id: str = "e") -> UserEntry | None:
    """What the user does to the entry."""
    return driver.rows[USER_ENTRIES].get((entry_id, user_id))


def created(entry_id: str = "e", **fields: Any) -> Any:
    """An entry is announced."""
    return struct(EntryCreated, entry_id=entry_id, **fields)


def changed(entry_id: str = "e", **fields: Any) -> Any:
    """An entry is changed."""
    return struct(EntryChanged, entry_id=entry_id, **fields)


def deleted(entry_id: str = "e", **fields: Any) -> Any:
    """An entry is removed."""
    return struct(EntryDeleted, entry_id=entry_id, **fields)


def shared(entry_id: str = "e", **fields: Any) -> Any:
    """An entry is shared."""
    return struct(EntryShared, entry_id=entry_id, **fields)


def branched(parent_id: str, child_id: str, **fields: Any) -> Any:
    """An entry branches off another."""
    return struct(EntryBranched, entry_id=parent_id, child_id=child_id, **fields)


def resonance_toggled(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody toggles their resonance."""
    return struct(ResonanceToggled, actor=actor, entry_id=entry_id, **fields)


def resonance_added(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody resonates."""
    return struct(ResonanceAdded, actor=actor, entry_id=entry_id, **fields)


def resonance_removed(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody resonates no more."""
    return struct(ResonanceRemoved, actor=actor, entry_id=entry_id, **fields)


def amplification_toggled(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody toggles their amplification."""
    return struct(AmplificationToggled, actor=actor, entry_id=entry_id, **fields)


def amplification_added(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody amplifies."""
    return struct(AmplificationAdded, actor=actor, entry_id=entry_id, **fields)


def amplification_removed(actor: str, entry_id: str = "e", **fields: Any) -> Any:
    """Somebody amplifies no more."""
    return struct(AmplificationRemoved, actor=actor, entry_id=entry_id, **fields)
