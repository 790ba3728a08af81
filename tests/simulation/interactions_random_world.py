"""Valid events of a small world in which a few users act on the same entries, which branch off each other."""

from datetime import datetime
from random import Random
from typing import ClassVar, Final

from tests.simulation.interactions_oracle_reading import BRANCHES_KEY, STATES
from tests.simulation.random_drawing import (
    DrawnWorld,
    Popular,
    junk_id,
    some,
    sometimes,
)
from tests.simulation.random_json import Fields

_ENTRIES: Final = (
    "entry-{}",
    "Ä{}\\ %s",
    "{{e,{}}}",
    "#de:{}",
    "e" * 290 + "-{:03}",
    '"{}"',
    "NULL{}",
    "a%b:{}",
)
_FIRST: Final = 6
_TITLES: Final = ("Who has a ladder?", "ÖFFNE die Straße 🌍", "T" * 300, "", None)
_AUTHORS: Final = ("ada", "Jürgen ✊", "a" * 300, None)
_CHANNELS: Final = ("letter", "✉", "c" * 40, "", None)
_DONE: Final = {"toggled": 6, "added": 3, "removed": 3}


def key_of(fields: Fields) -> str:
    """The key that an event of system 5 belongs to."""
    is_branch = str(fields["type"]).endswith("entry_branched")
    return BRANCHES_KEY if is_branch else str(fields.get("entry_id"))


class InteractionsWorld(DrawnWorld):
    """A few users and entries that branch off each other."""

    system: ClassVar[str] = "interactions"

    def __init__(self, random: Random, base: datetime) -> None:
        super().__init__(random, base)
        self._entries = Popular(random, _ENTRIES, _FIRST)
        self._parents: dict[str, str] = {}
        """As far as the world knows: records may come in another order."""
        self._draws = {
            self._created: 5,
            self._changed: 5,
            self._deleted: 1.2,
            self._acted: 50,
            self._shared: 8,
            self._branched: 16,
            self._grafted: 5,
            self._branched_again: 3,
            self._looped: 1.5,
        }

    def resonance(self, now: datetime) -> Fields:
        """A valid toggle of an entry that is never drawn again: what junk is made from."""
        self._now = now
        return self._envelope("resonance_toggled") | {"entry_id": junk_id(self._random)}

    def announcement(self, now: datetime) -> Fields:
        """A valid announcement of such an entry."""
        self._now = now
        return self._envelope("entry_created") | {"entry_id": junk_id(self._random)}

    def branch(self, now: datetime) -> Fields:
        """A valid branch of such an entry."""
        self._now = now
        return self._branch(junk_id(self._random), junk_id(self._random))

    def _by_anybody(self, name: str) -> Fields:
        fields = self._envelope(name)
        if self._random.random() < 0.1:
            del fields["actor"]
        return fields

    def _texts(self) -> Fields:
        return {"author": self._random.choice(_AUTHORS), "title": self._random.choice(_TITLES)}

    def _created(self) -> Fields:
        fields = self._by_anybody("entry_created") | {"entry_id": self._entries.any()}
        return sometimes(self._random, fields, **self._texts())

    def _changed(self) -> Fields:
        return some(
            self._random, self._by_anybody("entry_changed") | {"entry_id": self._entries.any()}, self._texts()
        )

    def _deleted(self) -> Fields:
        return self._by_anybody("entry_deleted") | {"entry_id": self._entries.leaving()}

    def _acted(self) -> Fields:
        (state,) = self._random.choices(STATES, (3, 2))
        (done,) = self._random.choices(list(_DONE), list(_DONE.values()))
        return self._envelope(f"{state}_{done}") | {"entry_id": self._entries.any()}

    def _shared(self) -> Fields:
        fields = self._by_anybody("entry_shared") | {"entry_id": self._entries.any()}
        return sometimes(self._random, fields, channel=self._random.choice(_CHANNELS))

    def _branch(self, parent: str, child: str) -> Fields:
        fields = self._by_anybody("entry_branched") | {"entry_id": parent, "child_id": child}
        return sometimes(self._random, fields, title=self._random.choice(_TITLES))

    def _branched(self) -> Fields:
        """Mostly a new entry; sometimes one that has a parent already, or closes a loop."""
        parent = self._entries.any()
        child = self._entries.fresh() if self._random.random() < 0.6 else self._entries.any()
        self._parents.setdefault(child, parent)
        return self._branch(parent, child)

    def _grafted(self) -> Fields:
        """A whole tree becomes a branch of another one, or of an entry that nobody has heard of."""
        roots = sorted(set(self._parents.values()) - self._parents.keys())
        child = self._random.choice(roots) if roots else self._entries.any()
        parent = self._entries.fresh() if self._random.random() < 0.4 else self._entries.any()
        if child not in (parent, *self._above(parent)):
            self._parents.setdefault(child, parent)
        return self._branch(parent, child)

    def _branched_again(self) -> Fields:
        """The same branch under another id."""
        known = sorted(self._parents.items())
        child, parent = self._random.choice(known) if known else (self._entries.fresh(), self._entries.any())
        return self._branch(parent, child)

    def _looped(self) -> Fields:
        """Off itself, or the other way round than before."""
        parent = self._random.choice(sorted(self._parents) or self._entries.ids)
        return self._branch(parent, self._random.choice((parent, *self._above(parent))))

    def _above(self, entry: str) -> list[str]:
        found: list[str] = []
        while entry in self._parents and self._parents[entry] not in found:
            entry = self._parents[entry]
            found.append(entry)
        return found
