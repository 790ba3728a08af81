"""A log of system 5 written by hand."""

from datetime import datetime
from itertools import pairwise
from typing import Self

from tests.simulation.handwritten import NOON, HandwrittenLog
from tests.simulation.interactions_oracle import interactions_expected
from tests.simulation.interactions_oracle_facts import Facts
from tests.simulation.interactions_random_world import key_of


class InteractionsLog(HandwrittenLog[Facts]):
    """Entries, what users do to them, branches; the entry is `e`, the user `ada` unless said otherwise."""

    def __init__(self, partitions: int = 1) -> None:
        super().__init__("interactions", key_of, interactions_expected, partitions)

    def of_entry(self, name: str, /, entry_id: str = "e", at: datetime = NOON, **own: object) -> Self:
        """Something about an entry."""
        return self.add(f"entry_{name}", at, entry_id=entry_id, **own)

    def act(self, name: str, /, actor: str = "ada", entry_id: str = "e", at: datetime = NOON) -> Self:
        """A user does something to an entry, or takes it back."""
        return self.add(name, at, entry_id=entry_id, actor=actor)

    def branch(self, parent: str, *children: str, at: datetime = NOON, **own: object) -> Self:
        """Branches of an entry, in this order."""
        for child in children:
            self.of_entry("branched", parent, at, child_id=child, **own)
        return self

    def chain(self, *entries: str) -> Self:
        """Each one a branch of the one before."""
        for parent, child in pairwise(entries):
            self.branch(parent, child)
        return self
