"""Answers from Redis: rows of texts by name, without what is null, with the heat instead of the score."""

from collections.abc import Mapping
from typing import ClassVar, Final

from projections.actions.answers import LiveRipple, RippleRow, Span
from projections.actions.read_model import READ_MODEL
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers, columns
from projections.redis.reader import Row
from projections.redis.score_clock import ScoreClock
from projections.tables import Key

SETS: Final[Mapping[Span, str]] = {"now": "trending", "1h": "trending:1h", "24h": "trending:24h"}


class CachedAnswers(RedisAnswers):
    """Live lists and ripples, with their scores as of the minute."""

    model: ClassVar[ReadModel] = READ_MODEL

    async def live(
        self, by: Span, limit: int, closed: Mapping[Key, int] | None = None
    ) -> list[LiveRipple] | None:
        """The list; ``closed`` are the ranks that it is compared with, which Redis does not know."""
        ranks = {} if closed is None else closed
        found = await self._reader.top(SETS[by], limit)
        clock = await ScoreClock.of(self._reader)
        if found is None or clock is None:
            return None
        ripples = [live_ripple(one.rank, one.key, one.row, clock, ranks.get(one.key)) for one in found]
        # Heat orders ripples, so those whose score has rounded to nothing are the last ones.
        return [ripple for ripple in ripples if by != "now" or ripple.trending_score > 0]

    async def ripple(self, wave_id: str, ripple_id: str) -> RippleRow | None:
        """The ripple's row."""
        row = await self._reader.row("ripple", (wave_id, ripple_id))
        clock = await ScoreClock.of(self._reader)
        return None if row is None or clock is None else ripple_row((wave_id, ripple_id), row, clock)


def ripple_row(key: Key, row: Row, clock: ScoreClock) -> RippleRow:
    """A row of entity `ripple`."""
    wave_id, ripple_id = key
    known = {"wave_id": wave_id, "ripple_id": ripple_id, "trending_score": clock.score_of(row)}
    return RippleRow(**(columns(RippleRow, row) | known))


def live_ripple(rank: int, key: Key, row: Row, clock: ScoreClock, closed_rank: int | None) -> LiveRipple:
    """A row of entity `ripple` at its place in a list, and at its place in the last close."""
    wave_id, ripple_id = key
    known = {
        "rank": rank,
        "wave_id": wave_id,
        "ripple_id": ripple_id,
        "trending_score": clock.score_of(row),
        "rank_change": None if closed_rank is None else closed_rank - rank,
    }
    return LiveRipple(**(columns(LiveRipple, row) | known))
