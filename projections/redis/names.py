"""How keys and members in Redis are named.

A row's member is its key's parts joined by ``:``. Ids may hold any character, so in each part ``%`` is
written ``%25`` and ``:`` is written ``%3A``: ids without these two stand as they are, and no two keys have
one name.
"""

from dataclasses import dataclass

from projections.tables import Key


def member(key: Key) -> str:
    """The name of a key's row: ``("w:1", "r")`` is ``w%3A1:r``."""
    return ":".join([part.replace("%", "%25").replace(":", "%3A") for part in key])


def key_of(member: str) -> Key:
    """The key with that name."""
    return tuple([part.replace("%3A", ":").replace("%25", "%") for part in member.split(":")])


@dataclass(frozen=True)
class Names:
    """The keys of one generation of a system."""

    system: str
    generation: int

    @property
    def active(self) -> str:
        """The number of the generation that is in Redis as a whole; absent while it is being filled."""
        return f"{self.system}:generation"

    @property
    def filling(self) -> str:
        """Which fill is being prepared: of two that do not know of each other the later one goes on."""
        return f"{self.system}:filling"

    @property
    def everything(self) -> str:
        """A pattern of the keys of all generations of the system."""
        return f"{self.system}:[0-9]*"

    @property
    def prefix(self) -> str:
        return f"{self.system}:{self.generation}:"

    @property
    def fill(self) -> str:
        """Which fill the rows come from (see ``era``); absent: nothing may be written."""
        return f"{self.prefix}fill"

    @property
    def flushes(self) -> str:
        """By partition the number of the last flush that is in Redis, and the minute under ``minute``."""
        return f"{self.prefix}flushes"

    def sorted_set(self, name: str) -> str:
        """A sorted set of the system."""
        return f"{self.prefix}{name}"

    def rows(self, entity: str) -> str:
        """What the keys of an entity's rows begin with; the member follows."""
        return f"{self.prefix}{entity}:"
