"""A day of simulated interactions in a database of its own, and the same questions answered by plain Python.

Nothing was purged yet of what was deleted: answers have to leave it out by themselves. Time stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp2, sqrt
from pathlib import Path
from typing import Final

import msgspec

from deploy.local_stack import LocalStack
from events.codec import Codec
from events.simulation.interactions import SIMULATION, InteractionsWorld
from events.simulation.traffic import Traffic
from projections.heat import HALF_LIFE_HOURS
from projections.interactions.read_model import READ_MODEL
from projections.interactions.rows import Entry, Place, UserEntry
from projections.interactions.tables import ENTRIES, PLACES, USER_ENTRIES
from tests.integration.small_worlds import filled_database
from tests.integration.stored_rows import stored
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import interactions_driver

SEED: Final = 5
EVENTS: Final = 4_000
ENTRIES_AT_A_TIME: Final = 60
USERS: Final = 50
NOW: Final = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
NOBODY: Final = UserEntry("", "")


def day() -> list[FoldDriver]:
    """The partition of the entries and that of the branches, everything folded and nothing purged."""
    print(f"seed {SEED}")
    traffic = Traffic(EVENTS, NOW - timedelta(days=1), NOW, retracted=0.1)
    world = InteractionsWorld(traffic, entries=ENTRIES_AT_A_TIME, users=USERS)
    codec = Codec(system="interactions")
    drivers = [interactions_driver(), interactions_driver()]
    for fields in SIMULATION.stream(world, SEED):
        event = codec.decode(msgspec.json.encode(fields))
        drivers[fields["type"] == "interactions.entry_branched"].given(event)
    assert {outcome for driver in drivers for outcome in driver.outcomes} == {"applied"}
    return drivers


@contextmanager
def interactions_world(stack: LocalStack, home: Path) -> Iterator[tuple[str, "PlainRows"]]:
    """The URL of a database of its own, and the same rows. For tests that read."""
    drivers = day()
    with filled_database(stack, home, NOW, lambda url: _fill(url, drivers)) as url:
        yield url, PlainRows.of(drivers)


async def _fill(url: str, drivers: list[FoldDriver]) -> None:
    connection, _ = await stored(url, READ_MODEL, *drivers)
    await connection.close()


@dataclass(frozen=True)
class PlainRows:
    """Rows by entry, and by entry and user; and what follows from going through all of them."""

    entries: dict[str, Entry]
    places: dict[str, Place]
    states: dict[tuple[str, str], UserEntry]

    @classmethod
    def of(cls, drivers: list[FoldDriver]) -> "PlainRows":
        """What the partitions hold."""
        entries, places = drivers[0].rows[ENTRIES], drivers[1].rows[PLACES]
        return cls(
            {row.entry_id: row for row in entries.values()},
            {row.entry_id: row for row in places.values()},
            {(row.entry_id, row.user_id): row for row in drivers[0].rows[USER_ENTRIES].values()},
        )

    @property
    def removed(self) -> list[str]:
        return [entry_id for entry_id, entry in self.entries.items() if entry.deleted]

    @property
    def there(self) -> list[str]:
        """All that lists show, by id."""
        return sorted({*self.entries, *self.places} - {*self.removed})

    def counts(self, entry_id: str) -> tuple[int, int, int, int, int]:
        """Resonances, branches, amplifications, shares and version."""
        entry = self.entries.get(entry_id, Entry(entry_id))
        place = self.places.get(entry_id, Place(entry_id))
        version = entry.version + place.version
        return entry.resonances, place.branches, entry.amplifications, entry.shares, version

    def title(self, entry_id: str) -> str | None:
        entry = self.entries.get(entry_id, Entry(entry_id))
        if entry.deleted or entry.title is not None:
            return entry.title
        return self.places.get(entry_id, Place(entry_id)).title

    def children(self, entry_id: str) -> list[str]:
        """In their order."""
        found = [place for place in self.places.values() if place.parent_id == entry_id]
        return [place.entry_id for place in sorted(found, key=lambda place: place.branch_order or 0)]

    def ancestors(self, entry_id: str) -> list[str]:
        """The parent first, the root last."""
        parent = self.places.get(entry_id, Place(entry_id)).parent_id
        return [] if parent is None else [parent, *self.ancestors(parent)]

    def tree(self, entry_id: str, depth: int, at: int = 0) -> list[tuple[str, int]]:
        """Entries with their depths, each before its branches."""
        below = self.children(entry_id) if at < depth else []
        return [(entry_id, at), *(one for child in below for one in self.tree(child, depth, at + 1))]

    def resonating(self, entry_id: str) -> list[str]:
        """Users, the newest first."""
        found = [row for (entry, _), row in self.states.items() if entry == entry_id and row.has_resonated]
        found.sort(key=lambda row: (row.resonated_at or NOW, row.user_id), reverse=True)
        return [row.user_id for row in found]

    def resonated(self, user_id: str) -> list[str]:
        """Entries that are there, the newest of the user's resonances first."""
        rows = [row for (_, user), row in self.states.items() if user == user_id and row.has_resonated]
        rows.sort(key=lambda row: (row.resonated_at or NOW, row.entry_id), reverse=True)
        return [row.entry_id for row in rows if row.entry_id not in self.removed]

    def cosines(self, entry_id: str, users_max: int) -> dict[str, tuple[float, int]]:
        """By related entry: cosine and users in common; of the newest so many users."""
        looked_at = {*self.resonating(entry_id)[:users_max]}
        found = {}
        for other in self.there:
            users = self.resonating(other)
            common = len(looked_at & {*users})
            if other != entry_id and common >= 2:
                found[other] = (common / sqrt(len(looked_at) * len(users)), common)
        return found

    def recommended(self, user_id: str, entries_max: int, users_max: int) -> dict[str, tuple[float, int]]:
        """By entry: score, and to how many of the user's it is related."""
        found: dict[str, tuple[float, int]] = {}
        for own in self.resonated(user_id)[:entries_max]:
            for other, (cosine, _) in self.cosines(own, users_max).items():
                if (other, user_id) not in self.states:
                    score, related_to = found.get(other, (0.0, 0))
                    found[other] = (score + cosine, related_to + 1)
        return found

    def score(self, entry_id: str) -> float:
        """The trending score of now."""
        rows = (self.entries.get(entry_id, Entry(entry_id)), self.places.get(entry_id, Place(entry_id)))
        hours = NOW.timestamp() / 3600
        return sum((row.heat_sum * exp2((row.heat_hour - hours) / HALF_LIFE_HOURS) for row in rows), 0.0)


def nearest(tree: list[tuple[str, int]], limit: int) -> list[tuple[str, int]]:
    """So many entries of a tree, of the levels nearest to its root, in the order of the tree."""
    by_level = sorted(range(len(tree)), key=lambda place: (tree[place][1], place))
    kept = {*by_level[:limit]}
    return [one for place, one in enumerate(tree) if place in kept]
