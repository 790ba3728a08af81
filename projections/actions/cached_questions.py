"""Questions of which some are answered from Redis, wherever it can be trusted."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final

from projections.actions.cached_answers import CachedAnswers
from projections.questions import CONNECTIONS_MAX
from projections.redis.questions import QuestionsBesideRedis
from projections.tables import Key

RANKS_SECONDS: Final = 1.0
"""How long the ranks of the last close are kept in memory: an hour is closed once."""


@dataclass(frozen=True)
class _LastRank:
    wave_id: str
    ripple_id: str
    rank: int


class CachedQuestions(QuestionsBesideRedis[CachedAnswers]):
    """Live lists, ripples and users are read from Redis."""

    cached_answers = CachedAnswers

    def __init__(
        self, postgres: str, *, redis: str | None = None, connections_max: int = CONNECTIONS_MAX
    ) -> None:
        super().__init__(postgres, redis=redis, connections_max=connections_max)
        self._asking_ranks = asyncio.Lock()
        self._ranks: tuple[float, dict[Key, int]] | None = None

    async def _last_ranks(self) -> dict[Key, int]:
        """The ranks of the last close, as of a second ago at most."""
        async with self._asking_ranks:
            if self._ranks is None or monotonic() - self._ranks[0] > RANKS_SECONDS:
                asked_at = monotonic()
                rows = await self._rows(_LastRank, "last_ranks", {})
                self._ranks = (asked_at, {(row.wave_id, row.ripple_id): row.rank for row in rows})
            return self._ranks[1]
