"""The rows of system 5: an entry, its place in the forest of branches, and what a user did to it.

An entry belongs to the partition of its id, its place to the one that orders all branches: neither looks at
the other, views put them together. An hour is the number of whole ones since 1970 in UTC.
"""

from datetime import datetime

import msgspec


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An entry: a stub until announced, a tombstone for ever once deleted."""

    entry_id: str
    author: str | None = None
    title: str | None = None
    created_at: datetime | None = None
    announced: bool = False
    deleted: bool = False
    resonances: int = 0
    """Users who resonate with it now."""
    amplifications: int = 0
    """Users who amplify it now."""
    shares: int = 0
    version: int = 0
    heat_sum: float = 0.0
    """What resonances, amplifications and shares bring to the trending score at `heat_hour`."""
    heat_hour: int = 0
    """The newest hour in which any of these counted."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an entry is in the forest: there for each one that is a branch or has any.

    Branches are facts: entries that are deleted count in all of these like others.
    """

    entry_id: str
    parent_id: str | None = None
    branch_order: int | None = None
    """Which branch of its parent it is, from 0."""
    title: str | None = None
    """What its branch was called, until the entry itself has a title."""
    branched_at: datetime | None = None
    branches: int = 0
    descendants: int = 0
    height: int = 0
    """How deep the deepest descendant lies below it."""
    version: int = 0
    heat_sum: float = 0.0
    """What its branches bring to the trending score at `heat_hour`."""
    heat_hour: int = 0


class UserEntry(msgspec.Struct, frozen=True, gc=False):
    """What a user does to an entry: there while anything is."""

    entry_id: str
    user_id: str
    has_resonated: bool = False
    resonated_at: datetime | None = None
    has_amplified: bool = False
    amplified_at: datetime | None = None


class EntryTrend(msgspec.Struct, frozen=True, gc=False):
    """`heat` orders entries at any moment: score(t) = 2^(heat - t / H), t in hours since 2020, H the
    generation's half-life in hours. Of what counts for nothing there is no row."""

    entry_id: str
    minute: int
    heat: float
