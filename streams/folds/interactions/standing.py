"""The entry that most rules begin with."""

from msgspec.structs import replace

from projections.interactions.rows import Entry
from projections.interactions.tables import ENTRIES
from streams.folding import Refused, States


def live_entry(states: States, entry_id: str) -> Entry:
    """The entry after one more event about it, a stub when it is the first. Raises Refused when it was
    removed."""
    entry = states.get(ENTRIES, (entry_id,))
    if entry is None:
        return Entry(entry_id, version=1)
    if entry.deleted:
        raise Refused("removed", f"entry {entry_id!r} was removed")
    return replace(entry, version=entry.version + 1)
