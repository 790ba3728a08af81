"""Questions about what trends: now, in any window, when an hour was closed, and over time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

from projections.actions.answers import (
    ClosedRipple,
    HoursClosed,
    LiveRipple,
    Span,
    Top,
    TopRipple,
    TrendPoint,
)
from projections.actions.cached_questions import CachedQuestions
from projections.arguments import TREND_HOURS_MAX, identifier, instant, one_of, whole_number
from projections.pages import rows_at_most

WINDOW_HOURS_MAX: Final = 24 * 366
SPANS: Final[tuple[str, ...]] = get_args(Span)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class _Newest:
    at: datetime | None


class TrendingQuestions(CachedQuestions):
    """What there is to ask about trending."""

    async def live(self, by: Span = "now", *, limit: int = 10) -> list[LiveRipple]:
        """The ripples that trend most now, or with the most actions in the last 60 or 1,440 minutes, the
        current one included. Only those with a score, or an action in the window; ties by id. A close ranks
        by score, so that only ranks of now are compared with it."""
        parameters = {"limit": rows_at_most(limit)}
        one_of("by", by, SPANS)
        if self._cached is not None:
            cached = await self._cached.live(by, limit, await self._last_ranks() if by == "now" else None)
            if cached is not None:
                return cached
        if by == "now":
            return await self._rows(LiveRipple, "live_now", parameters)
        return await self._rows(LiveRipple, "live_window", parameters, window=f"actions_{by}")

    async def closed(self, hour: datetime | None = None, *, limit: int = 10) -> list[ClosedRipple]:
        """The first ripples of the close of an hour (its beginning), of the last close when not given. Empty
        when the hour was not closed, or nobody was active in the day before its end."""
        return await self._rows(ClosedRipple, "closed_top", _close(hour, limit))

    async def risers(self, hour: datetime | None = None, *, limit: int = 10) -> list[ClosedRipple]:
        """The ripples that won most places from the close before to that of an hour, or to the last one."""
        return await self._rows(ClosedRipple, "risers", _close(hour, limit))

    async def trend(
        self, wave_id: str, ripple_id: str, *, hours: int = 24, until: datetime | None = None
    ) -> list[TrendPoint]:
        """A ripple hour by hour before ``until`` (a whole hour; the end of the current hour when not given):
        actions, impact, and score and rank where it was in the close. Empty when there is no such ripple."""
        parameters = {
            "wave_id": identifier("wave_id", wave_id),
            "ripple_id": identifier("ripple_id", ripple_id),
            "hours": whole_number("hours", hours, at_most=TREND_HOURS_MAX),
            "until": None if until is None else instant("until", until, whole_hour=True),
        }
        return await self._rows(TrendPoint, "trend", parameters)

    async def top(
        self, *, hours: int = 24, until: datetime | None = None, limit: int = 10, wave_id: str | None = None
    ) -> Top:
        """The ripples with the most actions in the whole minutes of so many hours that end with ``until``'s.

        Without ``until`` they end with the minute of the newest action; then the list is empty only if there
        is no action at all. It adds up every cell of the window: ``live`` answers faster.
        """
        whole_number("hours", hours, at_most=WINDOW_HOURS_MAX)
        rows_at_most(limit)
        if until is not None:
            until = instant("until", until)
        last = until or await self.newest_action_at() or datetime.fromtimestamp(0, UTC)
        end = last.astimezone(UTC).replace(second=0, microsecond=0) + MINUTE
        since = end - hours * HOUR
        wave = None if wave_id is None else identifier("wave_id", wave_id)
        window = {**_window(since, end), "wave_id": wave, "limit": limit}
        return Top(since, end, await self._rows(TopRipple, "top_ripples", window))

    async def hours_closed(self, after: timedelta) -> HoursClosed:
        """How many of the hours that ended at least so long ago are closed."""
        return (await self._rows(HoursClosed, "hours_closed", {"after": after}))[0]

    async def newest_action_at(self) -> datetime | None:
        """When the newest live action happened."""
        return (await self._rows(_Newest, "newest_action", {}))[0].at


def _close(hour: datetime | None, limit: int) -> dict[str, Any]:
    return {
        "hour": None if hour is None else instant("hour", hour, whole_hour=True),
        "limit": rows_at_most(limit),
    }


def _window(since: datetime, until: datetime) -> dict[str, Any]:
    """The window's whole hours, and the hours that it only touches at its edges."""
    first, last = _hour(since), _hour(until)
    whole_from = first if first == since else first + HOUR
    edges = {first} - {since} | {last} - {until}
    return {
        "since": since,
        "until": until,
        "whole_from": whole_from,
        "whole_until": max(last, whole_from),
        "edge_hours": sorted(edges),
    }


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
