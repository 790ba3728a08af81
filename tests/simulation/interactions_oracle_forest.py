"""Who branched off whom, for the oracle of system 5: branches in the order of the log, walked when asked."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.simulation.oracle_envelope import Dead

DEPTH_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Branch:
    """`order` counts the branches of a parent from 0."""

    parent_id: str
    child_id: str
    order: int
    title: str | None
    at: datetime


class Forest:
    """All branches. A parent or child that was removed is in it like any other."""

    def __init__(self) -> None:
        self.branches: list[Branch] = []
        self.of_child: dict[str, Branch] = {}
        self.of_parent: dict[str, list[Branch]] = defaultdict(list)
        self.versions: Counter[str] = Counter()
        """Of how many branches an entry was told: of it, by it, or below it as it stood then."""

    @property
    def places(self) -> set[str]:
        """Every entry that is a branch or has one."""
        return self.of_child.keys() | self.of_parent.keys()

    def is_there(self, parent_id: str, child_id: str) -> bool:
        """Whether that branch is known. Raises `Dead` when it must never be."""
        above = [parent_id, *self.ancestors(parent_id)]
        if child_id in above:
            raise Dead("refused", "loop", f"{child_id!r} is above {parent_id!r}")
        known = self.of_child.get(child_id)
        if known is not None:
            if known.parent_id != parent_id:
                raise Dead("refused", "second_parent", f"{child_id!r} is a branch of {known.parent_id!r}")
            return True
        if len(above) + self.height(child_id) > DEPTH_MAX:
            raise Dead("refused", "too_deep", f"{parent_id!r} lies {len(above) - 1} deep")
        return False

    def grow(self, parent_id: str, child_id: str, title: str | None, at: datetime) -> None:
        """A branch more."""
        branch = Branch(parent_id, child_id, len(self.of_parent[parent_id]), title, at)
        self.branches.append(branch)
        self.of_child[child_id] = branch
        self.of_parent[parent_id].append(branch)
        self.versions.update((child_id, parent_id, *self.ancestors(parent_id)))

    def ancestors(self, entry_id: str) -> Iterator[str]:
        """From the parent up to the root."""
        branch = self.of_child.get(entry_id)
        while branch is not None:
            yield branch.parent_id
            branch = self.of_child.get(branch.parent_id)

    def descendants(self, entry_id: str) -> Iterator[str]:
        """All below it."""
        below = [entry_id]
        while below:
            children = [branch.child_id for branch in self.of_parent.get(below.pop(), ())]
            below += children
            yield from children

    def height(self, entry_id: str) -> int:
        """How deep its deepest descendant lies below it."""
        height, level = -1, [entry_id]
        while level:
            height += 1
            level = [branch.child_id for one in level for branch in self.of_parent.get(one, ())]
        return height
