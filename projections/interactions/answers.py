"""What the questions of system 5 are answered with: rows of its views, and lists of them.

What belongs to a removed entry is in no list; in a tree it stands as removed, for the sake of its branches.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class EntryCounts:
    """A row of the view ``interaction_counts``; ``branch_count`` counts removed branches too."""

    entry_id: str
    resonance_count: int
    branch_count: int
    amplification_count: int
    share_count: int
    version: int


@dataclass(frozen=True)
class EntryRow:
    """A row of the view ``entries`` with its counts. A root is its own ``root_id`` and has depth 0."""

    entry_id: str
    author: str | None
    title: str | None
    parent_id: str | None
    root_id: str
    depth: int
    descendants: int
    created_at: datetime | None
    resonance_count: int
    branch_count: int
    amplification_count: int
    share_count: int
    trending_score: Decimal
    version: int


@dataclass(frozen=True)
class EntryState:
    """What a user did with an entry and did not take back."""

    entry_id: str
    has_resonated: bool
    resonated_at: datetime | None
    has_amplified: bool
    amplified_at: datetime | None


@dataclass(frozen=True)
class TreeEntry:
    """An entry in a tree. ``depth`` is counted from the entry that was asked for. One that is removed has no
    author and no title, and its branches go on below it."""

    entry_id: str
    parent_id: str | None
    depth: int
    branch_order: int | None
    author: str | None
    title: str | None
    removed: bool
    created_at: datetime | None
    resonance_count: int
    branch_count: int
    amplification_count: int
    share_count: int


@dataclass(frozen=True)
class Tree:
    """Entries, each before its branches, those in their order. ``is_cut``: levels that are not deeper than
    was asked for have more entries than were; those nearest to the root are here."""

    entries: list[TreeEntry]
    is_cut: bool


@dataclass(frozen=True)
class Branch:
    """A row of the view ``branches`` with what is shown of the child; a removed one has no title."""

    parent_id: str
    child_id: str
    branch_order: int
    title: str | None
    removed: bool
    created_at: datetime


@dataclass(frozen=True)
class Resonance:
    """Somebody who resonates with an entry, and since when."""

    user_id: str
    resonated_at: datetime


@dataclass(frozen=True)
class TrendingEntry:
    """A place in the list of what trends."""

    rank: int
    entry_id: str
    author: str | None
    title: str | None
    trending_score: Decimal
    resonance_count: int
    branch_count: int
    amplification_count: int
    share_count: int


@dataclass(frozen=True)
class RelatedEntry:
    """An entry that the same users resonate with. ``cosine`` over users, rounded to 6 places."""

    entry_id: str
    author: str | None
    title: str | None
    cosine: Decimal
    common_users: int
    resonance_count: int


@dataclass(frozen=True)
class RecommendedEntry:
    """An entry related to ``related_to`` of those that a user resonates with; ``score``: the sum of its
    cosines to them, rounded to 6 places."""

    entry_id: str
    author: str | None
    title: str | None
    score: Decimal
    related_to: int
    resonance_count: int


@dataclass(frozen=True)
class Sampled(Generic[Answer]):
    """Entries, the foremost first, ties by id. ``is_sample``: of an entry with very many users only the
    newest were looked at, so that others may be related too."""

    entries: list[Answer]
    is_sample: bool


@dataclass(frozen=True)
class ActivityHour:
    """What was done with an entry in the hour and not taken back since."""

    hour: datetime
    resonances: int
    amplifications: int
    shares: int
    branches: int
