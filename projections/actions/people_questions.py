"""Questions about people, and about single actions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from projections.actions.answers import ActionRow, UserRank, UserSummary
from projections.actions.cached_questions import CachedQuestions
from projections.arguments import identifier
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most

ORDER: Final = "actions"


@dataclass(frozen=True)
class _UserId:
    user_id: str


class PeopleQuestions(CachedQuestions):
    """What there is to ask about people and what they did."""

    async def user(self, user_id: str) -> UserSummary | None:
        """The user's summary, or None when there is nothing that counts."""
        return await self._thing(UserSummary, "user", "user", user_id=user_id)

    async def rank_of(self, user_id: str, wave_id: str) -> UserRank | None:
        """The user's place in the wave by impact; None when the user neither joined nor acted in it."""
        parameters = {
            "user_id": identifier("user_id", user_id),
            "wave_id": identifier("wave_id", wave_id),
        }
        return await self._only(UserRank, "user_rank", parameters)

    async def actions_of_user(
        self, user_id: str, *, limit: int = 100, cursor: str | None = None
    ) -> Page[ActionRow]:
        """What the user did in all waves, the newest first."""
        return await self._actions("user_actions", {"user_id": identifier("user_id", user_id)}, limit, cursor)

    async def actions_of_ripple(
        self, wave_id: str, ripple_id: str, *, limit: int = 100, cursor: str | None = None
    ) -> Page[ActionRow]:
        """What was done in the ripple, the newest first."""
        ripple = {
            "wave_id": identifier("wave_id", wave_id),
            "ripple_id": identifier("ripple_id", ripple_id),
        }
        return await self._actions("ripple_actions", ripple, limit, cursor)

    async def most_active_user(self) -> str | None:
        """The user with the most actions over all waves; None when there is none. Reads every user's rows."""
        found = await self._only(_UserId, "most_active_user", {})
        return None if found is None else found.user_id

    async def _actions(
        self, query: str, of: dict[str, Any], limit: int, cursor: str | None
    ) -> Page[ActionRow]:
        at, wave_id, action_id = place_after(cursor, ORDER, datetime, str, str)
        parameters = {
            **of,
            "after_at": at,
            "after_wave_id": wave_id,
            "after_action_id": action_id,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(ActionRow, query, parameters)
        return page_of(found, limit, lambda row: cursor_at(ORDER, row.at, row.wave_id, row.action_id))
