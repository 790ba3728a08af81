"""Answers from Redis: rows of texts by name, without what is null, with the heat instead of the score."""

from typing import ClassVar, Final

from projections.interactions.answers import TrendingEntry
from projections.interactions.read_model import READ_MODEL
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers, columns
from projections.redis.reader import Ranked
from projections.redis.score_clock import ScoreClock

TRENDING: Final = "trending"
"""The sorted set of what trends."""


class CachedAnswers(RedisAnswers):
    """Single entries, and what trends."""

    model: ClassVar[ReadModel] = READ_MODEL

    async def trending(self, limit: int) -> list[TrendingEntry] | None:
        """What trends most."""
        found = await self._reader.top(TRENDING, limit)
        clock = await ScoreClock.of(self._reader)
        if found is None or clock is None:
            return None
        # Heat orders entries, so those whose score has rounded to nothing are the last ones.
        return [entry for one in found if (entry := _trending(one, clock)).trending_score > 0]


def _trending(one: Ranked, clock: ScoreClock) -> TrendingEntry:
    known = {"rank": one.rank, "entry_id": one.key[0], "trending_score": clock.score_of(one.row)}
    return TrendingEntry(**(columns(TrendingEntry, one.row) | known))
