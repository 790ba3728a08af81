"""System 1: waves, ripples and the actions in them. `RULES` tells where an event's rule lives."""

from collections.abc import Mapping
from typing import Final

from events.actions import SYSTEM as EVENTS
from projections.actions.read_model import READ_MODEL
from streams.folds.actions.closing import HOUR_CLOSE, HOUR_CLOSED
from streams.folds.actions.logged import ACTION_LOGGED, ACTION_RETRACTED
from streams.folds.actions.purging import PURGING_CHORES
from streams.folds.actions.ripples import (
    RIPPLE_BOOSTED,
    RIPPLE_DELETED,
    RIPPLE_JOINED,
    RIPPLE_LEFT,
    RIPPLE_TITLED,
)
from streams.folds.actions.waves import WAVE_CHANGED, WAVE_CREATED, WAVE_DELETED
from streams.folds.actions.weights import BUCKET_WEIGHT_SET, REWEIGHING_CHORES
from streams.rule import Rule, RuleFold
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "actions.wave_created": WAVE_CREATED,
    "actions.wave_changed": WAVE_CHANGED,
    "actions.wave_deleted": WAVE_DELETED,
    "actions.ripple_created": RIPPLE_TITLED,
    "actions.ripple_changed": RIPPLE_TITLED,
    "actions.ripple_deleted": RIPPLE_DELETED,
    "actions.ripple_joined": RIPPLE_JOINED,
    "actions.ripple_left": RIPPLE_LEFT,
    "actions.ripple_boosted": RIPPLE_BOOSTED,
    "actions.action_logged": ACTION_LOGGED,
    "actions.action_retracted": ACTION_RETRACTED,
    "actions.bucket_weight_set": BUCKET_WEIGHT_SET,
    "actions.hour_closed": HOUR_CLOSED,
}

SYSTEM: Final = StreamSystem(
    EVENTS,
    RuleFold(RULES, version=2, chores={**PURGING_CHORES, **REWEIGHING_CHORES}),
    READ_MODEL,
    decisions=(HOUR_CLOSE,),
)
