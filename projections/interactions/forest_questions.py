"""Questions about entries, and about how they branch."""

from datetime import datetime
from typing import Final

from projections.arguments import TREND_HOURS_MAX, identifier, instant, whole_number
from projections.interactions.answers import ActivityHour, Branch, EntryRow, Tree, TreeEntry
from projections.interactions.state_questions import StateQuestions
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most

DEPTH_MAX: Final = 50
"""Levels of one tree below its root."""
TREE_ROWS_MAX: Final = 10_000
"""Entries of one tree."""
BRANCHES: Final = "branches"


class ForestQuestions(StateQuestions):
    """What there is to ask about entries and their branches."""

    async def entry(self, entry_id: str) -> EntryRow | None:
        """The entry, or None when there is none to show."""
        return await self._only(EntryRow, "entry", {"entry_id": identifier("entry_id", entry_id)})

    async def tree(self, entry_id: str, *, depth: int = 10, limit: int = 1_000) -> Tree | None:
        """The tree below an entry, root or not, with so many levels of branches at most; None when there is
        no such entry. Beyond ``limit`` entries, those nearest to the root are answered."""
        parameters = {
            "entry_id": identifier("entry_id", entry_id),
            "depth": whole_number("depth", depth, at_least=0, at_most=DEPTH_MAX),
            "limit": whole_number("limit", limit, at_most=TREE_ROWS_MAX) + 1,
        }
        found = await self._rows(TreeEntry, "tree", parameters)
        if not found:
            return None
        if len(found) <= limit:
            return Tree(found, is_cut=False)
        # Walked level by level, the one too many is the last of the deepest level.
        deepest = max(entry.depth for entry in found)
        last = max(place for place, entry in enumerate(found) if entry.depth == deepest)
        return Tree(found[:last] + found[last + 1 :], is_cut=True)

    async def branches(self, entry_id: str, *, limit: int = 100, cursor: str | None = None) -> Page[Branch]:
        """What branches off the entry, in order; removed ones among them."""
        (after,) = place_after(cursor, BRANCHES, int)
        parameters = {
            "entry_id": identifier("entry_id", entry_id),
            "after_order": after,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(Branch, BRANCHES, parameters)
        return page_of(found, limit, lambda branch: cursor_at(BRANCHES, branch.branch_order))

    async def activity(
        self, entry_id: str, *, hours: int = 24, until: datetime | None = None
    ) -> list[ActivityHour]:
        """What was done with the entry hour by hour before ``until`` (a whole hour; the end of the current
        hour when not given). Empty when there is no such entry."""
        parameters = {
            "entry_id": identifier("entry_id", entry_id),
            "hours": whole_number("hours", hours, at_most=TREND_HOURS_MAX),
            "until": None if until is None else instant("until", until, whole_hour=True),
        }
        return await self._rows(ActivityHour, "activity", parameters)
