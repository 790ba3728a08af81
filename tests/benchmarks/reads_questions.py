"""The questions whose answers are timed, each a line of QUESTIONS: from Postgres, and from Redis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from projections.actions.cached_answers import CachedAnswers
from projections.actions.reader import Reader

LIST_ROWS: Final = 100
"""Rows of a list or page."""
TREND_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked: `postgres` never looks into Redis, and `redis` answers None rather than ask Postgres;
    `both` is how programs ask."""

    postgres: Reader
    redis: CachedAnswers
    both: Reader


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws whom and what to ask about, from a sample of what there is."""

    random: Random
    ripples: Sequence[tuple[str, str]]
    """Wave and ripple; so large waves are drawn as often as their ripples are."""
    shares: Sequence[tuple[str, str]]
    """User and wave in which the user acted."""

    def ripple(self) -> tuple[str, str]:
        return self.random.choice(self.ripples)

    def wave(self) -> str:
        return self.ripple()[0]

    def share(self) -> tuple[str, str]:
        return self.random.choice(self.shares)

    def user(self) -> str:
        return self.share()[0]


Ask = Callable[[Sources, Draw], Awaitable[Any]]


async def _next_page_of_wave(of: Sources, draw: Draw) -> Any:
    """The second page; a small wave has none, and its first one stands for it."""
    wave = draw.wave()
    first = await of.postgres.ripples_of(wave, by="trending", limit=10)
    if first.next_cursor is None:
        return first
    return await of.postgres.ripples_of(wave, by="trending", limit=LIST_ROWS, cursor=first.next_cursor)


QUESTIONS: Final[tuple[tuple[str, str, Ask], ...]] = (
    ("live-now", "live Top 100, now", lambda of, _: of.postgres.live("now", limit=LIST_ROWS)),
    ("live-1h", "live Top 100, last hour", lambda of, _: of.postgres.live("1h", limit=LIST_ROWS)),
    ("live-24h", "live Top 100, last 24 hours", lambda of, _: of.postgres.live("24h", limit=LIST_ROWS)),
    ("closed", "Top 100 of the last close", lambda of, _: of.postgres.closed(limit=LIST_ROWS)),
    ("risers", "100 risers of the last close", lambda of, _: of.postgres.risers(limit=LIST_ROWS)),
    (
        "trend",
        "a ripple's last 24 hours",
        lambda of, draw: of.postgres.trend(*draw.ripple(), hours=TREND_HOURS),
    ),
    ("ripple", "a ripple", lambda of, draw: of.postgres.ripple(*draw.ripple())),
    ("ripples", "the ripples with an id", lambda of, draw: of.postgres.ripples(draw.ripple()[1])),
    (
        "calculations",
        "a ripple's impact by timeframe",
        lambda of, draw: of.postgres.calculations(*draw.ripple()),
    ),
    ("index", "a ripple against its wave", lambda of, draw: of.postgres.against_wave(*draw.ripple())),
    ("wave", "a wave", lambda of, draw: of.postgres.wave(draw.wave())),
    ("waves", "100 waves", lambda of, _: of.postgres.waves(limit=LIST_ROWS)),
    (
        "wave-impact",
        "a wave's first 100 ripples by impact",
        lambda of, draw: of.postgres.ripples_of(draw.wave(), by="impact", limit=LIST_ROWS),
    ),
    (
        "wave-actions",
        "a wave's first 100 ripples by actions",
        lambda of, draw: of.postgres.ripples_of(draw.wave(), by="actions", limit=LIST_ROWS),
    ),
    (
        "wave-trending",
        "a wave's first 100 ripples by trending",
        lambda of, draw: of.postgres.ripples_of(draw.wave(), by="trending", limit=LIST_ROWS),
    ),
    ("wave-next", "two pages of a wave's ripples by trending", _next_page_of_wave),
    ("user", "a user's summary", lambda of, draw: of.postgres.user(draw.user())),
    ("user-rank", "a user's rank in a wave", lambda of, draw: of.postgres.rank_of(*draw.share())),
    (
        "user-actions",
        "a user's last 100 actions",
        lambda of, draw: of.postgres.actions_of_user(draw.user(), limit=LIST_ROWS),
    ),
    (
        "ripple-actions",
        "a ripple's last 100 actions",
        lambda of, draw: of.postgres.actions_of_ripple(*draw.ripple(), limit=LIST_ROWS),
    ),
    ("redis-live-now", "Redis: live Top 100, now", lambda of, _: of.redis.live("now", LIST_ROWS)),
    # Where too many ripples tie for the last place Redis leaves the list to Postgres: so it may be here.
    (
        "both-live-1h",
        "Redis, or Postgres where too many tie: live Top 100, last hour",
        lambda of, _: of.both.live("1h", limit=LIST_ROWS),
    ),
    ("redis-live-24h", "Redis: live Top 100, last day", lambda of, _: of.redis.live("24h", LIST_ROWS)),
    ("redis-ripple", "Redis: a ripple", lambda of, draw: of.redis.ripple(*draw.ripple())),
    (
        "both-live-now",
        "Redis, and Postgres for rank changes: live Top 100, now",
        lambda of, _: of.both.live("now", limit=LIST_ROWS),
    ),
)
"""Name, title, and how to ask; each is answered with something."""
