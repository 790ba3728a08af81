"""What a user does to an entry: resonates with it, amplifies it. Counts are of users whose state is on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import not_
from typing import Any, Final

from msgspec.structs import replace

from projections.interactions.rows import Entry, UserEntry
from projections.interactions.tables import ACTIVITY, ENTRIES, USER_ENTRIES
from streams.folding import Change, States, add, put, remove
from streams.folds.interactions.standing import live_entry
from streams.folds.interactions.warming import (
    AMPLIFICATION_WEIGHT,
    RESONANCE_WEIGHT,
    cold_when_empty,
    warmed_by,
)
from streams.hours import hour_of
from streams.rule import Reads, Rule

Wish = Callable[[bool], bool]
"""How the state is to be from now on, of how it is."""


@dataclass(frozen=True)
class Deed:
    """One of the things that a user does to an entry, by the names of its columns."""

    count: str
    """Of entries, and of their activity."""
    is_on: str
    since: str
    weight: int
    """In the trending score."""

    @property
    def cell(self) -> int:
        """The place of its sum among those of the activity."""
        return ACTIVITY.index_of(self.count)


RESONANCE: Final = Deed("resonances", "has_resonated", "resonated_at", RESONANCE_WEIGHT)
AMPLIFICATION: Final = Deed("amplifications", "has_amplified", "amplified_at", AMPLIFICATION_WEIGHT)


def reads_state(event: Any, states: States) -> Reads:
    """The entry, and what the actor does to it."""
    return ((ENTRIES, (event.entry_id,)), (USER_ENTRIES, (event.entry_id, event.actor)))


def _rule(deed: Deed, wish: Wish) -> Rule:
    """The actor's state becomes what is wished; as it was already, the entry has been seen once more."""

    def stands(event: Any, states: States) -> list[Change]:
        entry = live_entry(states, event.entry_id)
        key = (event.entry_id, event.actor)
        state = states.get(USER_ENTRIES, key) or UserEntry(*key)
        was_on = getattr(state, deed.is_on)
        if wish(was_on) == was_on:
            return [put(ENTRIES, entry)]
        if was_on:
            return _undone(deed, entry, state, states)
        on = replace(state, **{deed.is_on: True, deed.since: event.at})
        return [put(USER_ENTRIES, on), *_counted(deed, entry, event.at, 1, states)]

    return Rule(reads_state, stands)


def _undone(deed: Deed, entry: Entry, state: UserEntry, states: States) -> list[Change]:
    """The state is off, and what it counted for goes from where it was counted."""
    off = replace(state, **{deed.is_on: False, deed.since: None})
    stays = off.has_resonated or off.has_amplified
    return [
        put(USER_ENTRIES, off) if stays else remove(USER_ENTRIES, USER_ENTRIES.key_of(off)),
        *_counted(deed, entry, getattr(state, deed.since), -1, states),
    ]


def _counted(deed: Deed, entry: Entry, at: datetime, amount: int, states: States) -> list[Change]:
    """The entry with one user more or less in the state since then, and the cell of that time."""
    after = replace(entry, **{deed.count: getattr(entry, deed.count) + amount})
    after = cold_when_empty(warmed_by(after, at, amount * deed.weight, states))
    return [put(ENTRIES, after), add(ACTIVITY, (entry.entry_id, hour_of(at)), deed.cell, amount)]


def _on(was_on: bool) -> bool:
    return True


def _off(was_on: bool) -> bool:
    return False


RESONANCE_TOGGLED = _rule(RESONANCE, not_)
RESONANCE_ADDED = _rule(RESONANCE, _on)
RESONANCE_REMOVED = _rule(RESONANCE, _off)
AMPLIFICATION_TOGGLED = _rule(AMPLIFICATION, not_)
AMPLIFICATION_ADDED = _rule(AMPLIFICATION, _on)
AMPLIFICATION_REMOVED = _rule(AMPLIFICATION, _off)
