"""Entries: created, changed, deleted, shared."""

from typing import Final

from msgspec.structs import replace

from events.interactions import EntryChanged, EntryCreated, EntryDeleted, EntryShared
from projections.interactions.rows import Entry
from projections.interactions.tables import ACTIVITY, ENTRIES
from streams.folding import Change, States, add, put
from streams.folds.interactions.purging import purge_entry
from streams.folds.interactions.standing import live_entry
from streams.folds.interactions.warming import SHARE_WEIGHT, warmed_by
from streams.hours import hour_of
from streams.rule import Reads, Rule, given

SHARES: Final = ACTIVITY.index_of("shares")


def reads_entry(event: EntryCreated | EntryChanged | EntryDeleted | EntryShared, states: States) -> Reads:
    """The entry alone: its branches are another partition's, what users did to it goes by chores."""
    return ((ENTRIES, (event.entry_id,)),)


def created(event: EntryCreated, states: States) -> list[Change]:
    """The entry is as announced; announced again it keeps the time of the first."""
    entry = live_entry(states, event.entry_id)
    announced = replace(
        entry,
        author=event.author,
        title=event.title,
        created_at=entry.created_at or event.at,
        announced=True,
    )
    return [put(ENTRIES, announced)]


def changed(event: EntryChanged, states: States) -> list[Change]:
    """What the event names is so from now on."""
    entry = live_entry(states, event.entry_id)
    announced = replace(
        entry,
        author=given(event.author, entry.author),
        title=given(event.title, entry.title),
        announced=True,
    )
    return [put(ENTRIES, announced)]


def deleted(event: EntryDeleted, states: States) -> list[Change]:
    """A tombstone for ever, so that what comes later is refused; views hide all of it at once."""
    entry = live_entry(states, event.entry_id)
    tombstone = Entry(event.entry_id, deleted=True, version=entry.version)
    return [put(ENTRIES, tombstone), *purge_entry(event.entry_id)]


def shared(event: EntryShared, states: States) -> list[Change]:
    """One more share, for ever."""
    entry = live_entry(states, event.entry_id)
    after = warmed_by(replace(entry, shares=entry.shares + 1), event.at, SHARE_WEIGHT, states)
    return [put(ENTRIES, after), add(ACTIVITY, (event.entry_id, hour_of(event.at)), SHARES, 1)]


ENTRY_CREATED = Rule(reads_entry, created)
ENTRY_CHANGED = Rule(reads_entry, changed)
ENTRY_DELETED = Rule(reads_entry, deleted)
ENTRY_SHARED = Rule(reads_entry, shared)
