"""Answers from Redis: rows of texts by name, without what is null, with the heat instead of the score."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Final, Self

from projections.actions.answers import LiveRipple, RippleRow, Span, UserSummary
from projections.actions.read_model import READ_MODEL
from projections.actions.tables import HEAT_HOURS
from projections.redis.reader import CacheReader, Row
from projections.tables import Key

SETS: Final[Mapping[Span, str]] = {"now": "trending", "1h": "trending:1h", "24h": "trending:24h"}
HEAT_EPOCH_HOURS: Final = 438_288
"""Heat counts hours since 2020-01-01; this many after 1970."""
SCORE_PLACES: Final = 6


@dataclass(frozen=True)
class ScoreClock:
    """The minute for which scores are told, in whole ones since 1970, and the half-life in hours."""

    minute: int
    half_life_hours: float

    def score_of(self, row: Row) -> Decimal:
        """The trending score as the view `ripple_counters` has it."""
        if "heat" not in row or int(row["heat_hour"]) < self.minute // 60 - HEAT_HOURS:
            return Decimal(0)
        hours = self.minute / 60 - HEAT_EPOCH_HOURS
        score = math.exp2(float(row["heat"]) - hours / self.half_life_hours)
        return Decimal(f"{score:.{SCORE_PLACES}f}".rstrip("0").rstrip("."))


class CachedAnswers:
    """Answers None for whatever Redis cannot be trusted with, or has not got: ask Postgres then.

    An async context manager. It never raises because of Redis.
    """

    def __init__(self, postgres: str, redis: str) -> None:
        self._reader = CacheReader(READ_MODEL, postgres, redis)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._reader.__aexit__(kind, error, trace)

    async def live(
        self, by: Span, limit: int, closed: Mapping[Key, int] | None = None
    ) -> list[LiveRipple] | None:
        """The list; ``closed`` are the ranks that it is compared with, which Redis does not know."""
        ranks = {} if closed is None else closed
        found = await self._reader.top(SETS[by], limit)
        clock = await self._clock()
        if found is None or clock is None:
            return None
        ripples = [live_ripple(one.rank, one.key, one.row, clock, ranks.get(one.key)) for one in found]
        # Heat orders ripples, so those whose score has rounded to nothing are the last ones.
        return [ripple for ripple in ripples if by != "now" or ripple.trending_score > 0]

    async def ripple(self, wave_id: str, ripple_id: str) -> RippleRow | None:
        """The ripple's row."""
        row = await self._reader.row("ripple", (wave_id, ripple_id))
        clock = await self._clock()
        return None if row is None or clock is None else ripple_row((wave_id, ripple_id), row, clock)

    async def user(self, user_id: str) -> UserSummary | None:
        """The user's summary. From its first read on it is kept up to date in Redis."""
        row = await self._reader.row("user", (user_id,))
        return None if row is None else user_summary(user_id, row)

    async def _clock(self) -> ScoreClock | None:
        parameters = await self._reader.parameters()
        if parameters is None:
            return None
        return ScoreClock(int(self._reader.now_seconds() // 60), parameters["half_life_hours"])


def ripple_row(key: Key, row: Row, clock: ScoreClock) -> RippleRow:
    """A row of entity `ripple`."""
    wave_id, ripple_id = key
    return RippleRow(
        wave_id=wave_id,
        ripple_id=ripple_id,
        title=row.get("title"),
        actions_1h=int(row["actions_1h"]),
        actions_24h=int(row["actions_24h"]),
        actions_total=int(row["actions_total"]),
        impact=Decimal(row["impact"]),
        participants=int(row["participants"]),
        boost_points=int(row["boost_points"]),
        trending_score=clock.score_of(row),
        last_action_at=_instant(row.get("last_action_at")),
        version=int(row["version"]),
    )


def live_ripple(rank: int, key: Key, row: Row, clock: ScoreClock, closed_rank: int | None) -> LiveRipple:
    """A row of entity `ripple` at its place in a list, and at its place in the last close."""
    wave_id, ripple_id = key
    return LiveRipple(
        rank=rank,
        wave_id=wave_id,
        ripple_id=ripple_id,
        title=row.get("title"),
        wave_title=row.get("wave_title"),
        trending_score=clock.score_of(row),
        actions_1h=int(row["actions_1h"]),
        actions_24h=int(row["actions_24h"]),
        actions_total=int(row["actions_total"]),
        impact=Decimal(row["impact"]),
        participants=int(row["participants"]),
        rank_change=None if closed_rank is None else closed_rank - rank,
    )


def user_summary(user_id: str, row: Row) -> UserSummary:
    """A row of entity `user`."""
    return UserSummary(
        user_id=user_id,
        actions=int(row["actions"]),
        impact=Decimal(row["impact"]),
        ripples_joined=int(row["ripples_joined"]),
        waves=int(row["waves"]),
        first_action_at=_instant(row.get("first_action_at")),
        last_action_at=_instant(row.get("last_action_at")),
        by_category=_decimals(row["by_category"]),
        achievements=_decimals(row["achievements"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _decimals(text: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return found
