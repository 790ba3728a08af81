"""What each entry of system 5 was told, by the events of its own key, and the forest of all branches."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tests.simulation.interactions_oracle_forest import Forest
from tests.simulation.interactions_oracle_reading import READING, STATES
from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_event import ToldEvent

_BRANCHED: Final = "entry_branched"


@dataclass(slots=True)
class Entry:
    """An entry, what it said of itself, and what is done to it now: by state, who does it since when."""

    id: str
    author: str | None = None
    title: str | None = None
    created_at: datetime | None = None
    is_announced: bool = False
    removed: bool = False
    states: dict[str, dict[str, datetime]] = field(default_factory=lambda: {state: {} for state in STATES})
    shares: list[datetime] = field(default_factory=list)
    version: int = 0

    def apply(self, event: ToldEvent) -> None:
        """Takes in an event of its key that was not refused."""
        self.version += 1
        match event.name:
            case "entry_created":
                self.author, self.title = event.given.get("author"), event.given.get("title")
                self.created_at = self.created_at or event.at
                self.is_announced = True
            case "entry_changed":
                self.author = event.given.get("author", self.author)
                self.title = event.given.get("title", self.title)
                self.is_announced = True
            case "entry_deleted":
                self.removed = True
            case "entry_shared":
                self.shares.append(event.at)
            case _:
                self._act(event)

    def _act(self, event: ToldEvent) -> None:
        assert event.actor is not None, "read with its actor"
        state, _, done = event.name.partition("_")
        users = self.states[state]
        if done == "toggled":
            done = "removed" if event.actor in users else "added"
        if done == "removed":
            users.pop(event.actor, None)
        else:
            users.setdefault(event.actor, event.at)


class Facts:
    """Everything that was told, entry by entry. Obeys `oracle_judging.Rules`."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.forest = Forest()

    def read(self, record: LogRecord, partitions: int) -> tuple[ToldEvent, bool]:
        """The record by itself."""
        return READING.read(record, partitions)

    def is_duplicate(self, event: ToldEvent) -> bool:
        """A branch counts once for ever. Raises `Dead` when the event is refused."""
        if event.name == _BRANCHED:
            return self.forest.is_there(event.given["entry_id"], event.given["child_id"])
        if self.is_removed(event.key):
            raise Dead("refused", "removed", f"{event.key!r} was deleted before")
        return False

    def learn(self, event: ToldEvent) -> None:
        """Takes in an event that is applied."""
        if event.name == _BRANCHED:
            given = event.given
            self.forest.grow(given["entry_id"], given["child_id"], given.get("title"), event.at)
        else:
            self.entries.setdefault(event.key, Entry(event.key)).apply(event)

    def is_removed(self, entry_id: str) -> bool:
        """Whether it was deleted."""
        return entry_id in self.entries and self.entries[entry_id].removed

    def known(self, entry_id: str) -> Entry:
        """What it told; nothing of one that has only a place."""
        return self.entries.get(entry_id) or Entry(entry_id)

    def standing(self) -> list[Entry]:
        """Those that lists show, by id: announced, acted on or in the forest, and not deleted."""
        places = self.forest.places
        known = (self.known(name) for name in sorted(self.entries.keys() | places))
        return [
            entry
            for entry in known
            if not entry.removed
            and (entry.is_announced or any(entry.states.values()) or entry.shares or entry.id in places)
        ]
