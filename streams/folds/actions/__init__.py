"""System 1: waves, ripples and the actions in them. `RULES` tells where an event's rule lives."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from events.actions import SYSTEM as EVENTS
from projections.actions.read_model import READ_MODEL
from projections.tables import Key, StateTable
from streams.folding import Change, Chore, Fold, States
from streams.folds.actions import logged, purging, ripples, waves, weights
from streams.folds.actions.rule import Rule
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "actions.wave_created": waves.CREATED,
    "actions.wave_changed": waves.CHANGED,
    "actions.wave_deleted": waves.DELETED,
    "actions.ripple_created": ripples.TITLED,
    "actions.ripple_changed": ripples.TITLED,
    "actions.ripple_deleted": ripples.DELETED,
    "actions.ripple_joined": ripples.JOINED,
    "actions.ripple_left": ripples.LEFT,
    "actions.ripple_boosted": ripples.BOOSTED,
    "actions.action_logged": logged.LOGGED,
    "actions.action_retracted": logged.RETRACTED,
    "actions.bucket_weight_set": weights.SET,
}


class ActionsFold(Fold):
    """The rules of system 1. Of a reference event the fold sees the copies, one in each partition."""

    version = 1
    chores: ClassVar[Mapping[str, Chore]] = {**purging.CHORES, **weights.CHORES}

    def reads(self, event: Any, states: States) -> Iterable[tuple[StateTable[Any], Key]]:
        return RULES[event.type].reads(event, states)

    def apply(self, event: Any, states: States) -> Sequence[Change]:
        return RULES[event.type].apply(event, states)


SYSTEM: Final = StreamSystem(EVENTS, ActionsFold(), READ_MODEL)
