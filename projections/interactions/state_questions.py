"""Questions about counts of entries, and about who is in which state with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from events.errors import GroundswellError, WrongUsage
from projections.arguments import identifier
from projections.interactions.answers import EntryCounts, EntryState, Resonance
from projections.interactions.cached_answers import CachedAnswers
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most
from projections.redis.questions import QuestionsBesideRedis

ENTRIES_MAX: Final = 500
"""Entries that one question is about."""
RESONATED: Final = "resonated"


class NotAllowed(GroundswellError):
    """Ask as the author of the entry that the message names, or let an operator ask."""

    code: ClassVar[str] = "not_allowed"


@dataclass(frozen=True)
class _FoundResonance:
    """Somebody who resonates, if anybody does, with the entry's author."""

    author: str | None
    user_id: str | None
    resonated_at: datetime | None


class StateQuestions(QuestionsBesideRedis[CachedAnswers]):
    """What there is to ask about counts and states."""

    cached_answers = CachedAnswers

    async def counts(self, entry_ids: Sequence[str]) -> list[EntryCounts]:
        """The counts of up to 500 entries, in their order, each once; without those that there are not."""
        wanted = _entry_ids(entry_ids)
        if self._cached is not None and len(wanted) == 1:
            cached = await self._cached.one(EntryCounts, "entry", {"entry_id": wanted[0]})
            if cached is not None:
                return [cached]
        return await self._rows(EntryCounts, "counts", {"entry_ids": wanted})

    async def states(self, user_id: str, entry_ids: Sequence[str]) -> list[EntryState]:
        """A user's states for up to 500 entries, in their order, each once: all of them."""
        parameters = {"user_id": identifier("user_id", user_id), "entry_ids": _entry_ids(entry_ids)}
        return await self._rows(EntryState, "states", parameters)

    async def resonated(
        self, entry_id: str, *, asker: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> Page[Resonance]:
        """Who resonates with the entry, the newest first.

        Without an ``asker`` an operator asks, who may know it of every entry; else the user with that id, who
        may know it of those that the user is the author of. Raises NotAllowed.
        """
        at, user_id = place_after(cursor, RESONATED, datetime, str)
        parameters = {
            "entry_id": identifier("entry_id", entry_id),
            "asker": None if asker is None else identifier("asker", asker),
            "after_at": at,
            "after_user_id": user_id,
            "limit": rows_at_most(limit) + 1,
        }
        rows = await self._rows(_FoundResonance, RESONATED, parameters)
        if asker is not None and rows and rows[0].author != asker:
            raise NotAllowed(
                f"who resonates with entry {entry_id!r} is told to its author and to operators, not to"
                f" {asker!r}: the counts are public"
            )
        found = [
            Resonance(row.user_id, row.resonated_at)
            for row in rows
            if row.user_id is not None and row.resonated_at is not None
        ]
        return page_of(found, limit, lambda row: cursor_at(RESONATED, row.resonated_at, row.user_id))


def _entry_ids(entry_ids: Sequence[str]) -> list[str]:
    """Each once, in their order. Raises WrongUsage."""
    wanted = list(dict.fromkeys(entry_ids))
    if not 1 <= len(wanted) <= ENTRIES_MAX:
        raise WrongUsage(f"entry_ids must be 1 to {ENTRIES_MAX} different ones, are {len(wanted):,}")
    return [identifier("entry_ids", entry_id) for entry_id in wanted]
