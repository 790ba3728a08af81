"""System 5: entries, what users do to them, and the forest of branches. `RULES` tells where an event's rule
lives."""

from collections.abc import Mapping
from typing import Final

from events.interactions import SYSTEM as EVENTS
from projections.interactions.read_model import READ_MODEL
from streams.folds.interactions.branches import ENTRY_BRANCHED
from streams.folds.interactions.entries import ENTRY_CHANGED, ENTRY_CREATED, ENTRY_DELETED, ENTRY_SHARED
from streams.folds.interactions.purging import PURGING_CHORES
from streams.folds.interactions.user_states import (
    AMPLIFICATION_ADDED,
    AMPLIFICATION_REMOVED,
    AMPLIFICATION_TOGGLED,
    RESONANCE_ADDED,
    RESONANCE_REMOVED,
    RESONANCE_TOGGLED,
)
from streams.rule import Rule, RuleFold
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "interactions.entry_created": ENTRY_CREATED,
    "interactions.entry_changed": ENTRY_CHANGED,
    "interactions.entry_deleted": ENTRY_DELETED,
    "interactions.resonance_toggled": RESONANCE_TOGGLED,
    "interactions.resonance_added": RESONANCE_ADDED,
    "interactions.resonance_removed": RESONANCE_REMOVED,
    "interactions.amplification_toggled": AMPLIFICATION_TOGGLED,
    "interactions.amplification_added": AMPLIFICATION_ADDED,
    "interactions.amplification_removed": AMPLIFICATION_REMOVED,
    "interactions.entry_branched": ENTRY_BRANCHED,
    "interactions.entry_shared": ENTRY_SHARED,
}

SYSTEM: Final = StreamSystem(EVENTS, RuleFold(RULES, version=1, chores=PURGING_CHORES), READ_MODEL)
