"""The questions that programs and people ask of system 1, answered from the stable views."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import set_json_loads

from events.errors import GroundswellError, ServerUnreachable
from projections.actions.sentence import impact_sentence

QUERIES: Final = Path(__file__).parent / "queries"
CONNECT_SECONDS_MAX: Final = 5
STATEMENT_SECONDS_MAX: Final = 30
WINDOW_HOURS_MAX: Final = 24 * 366
ROWS_MAX: Final = 1_000
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)

Answer = TypeVar("Answer")


class NothingFolded(GroundswellError):
    """Start a worker with `groundswell worker actions`: the tables are made when it starts."""

    code: ClassVar[str] = "nothing_folded"


@dataclass(frozen=True)
class TopRipple:
    """A place in the top list: ``actions`` in the window, the other counts over all time."""

    rank: int
    wave_id: str
    ripple_id: str
    title: str | None
    wave_title: str | None
    actions: int
    actions_total: int
    impact: Decimal
    participants: int


@dataclass(frozen=True)
class Top:
    """The ripples with the most actions at ``since`` <= at < ``until``, both whole minutes; ties by id."""

    since: datetime
    until: datetime
    ripples: list[TopRipple]


@dataclass(frozen=True)
class WaveRow:
    """A row of the view ``waves``."""

    wave_id: str
    title: str | None
    allowed_buckets: list[str] | None
    category: str | None
    what_we_count: str | None
    ripples: int
    actions: int
    impact: Decimal
    created_at: datetime | None


@dataclass(frozen=True)
class RippleRow:
    """A row of the view ``ripple_counters``."""

    wave_id: str
    ripple_id: str
    title: str | None
    actions_total: int
    impact: Decimal
    participants: int
    boost_points: int
    last_action_at: datetime | None
    version: int


@dataclass(frozen=True)
class UserSummary:
    """A row of the view ``user_impact_summaries``; ``achievements`` is unit -> summed quantity."""

    user_id: str
    actions: int
    impact: Decimal
    ripples_joined: int
    waves: int
    first_action_at: datetime | None
    last_action_at: datetime | None
    by_category: dict[str, Decimal]
    achievements: dict[str, Decimal]

    @property
    def sentence(self) -> str:
        """What the user achieved, in words."""
        return impact_sentence(self.actions, self.ripples_joined, self.waves, self.achievements)


@dataclass(frozen=True)
class WeightReach:
    """What a weight set for an hour would touch: live actions up to ``until`` (None: without end)."""

    multiplier_now: Decimal
    until: datetime | None
    actions: int
    ripples: int
    users: int


@dataclass(frozen=True)
class _Newest:
    at: datetime | None


@dataclass(frozen=True)
class _UserId:
    user_id: str


class Reader:
    """Reads the live generation; an async context manager. Raises ServerUnreachable and NothingFolded."""

    def __init__(self, postgres: str) -> None:
        self._url = postgres
        self._connection: AsyncConnection[Any] | None = None

    async def __aenter__(self) -> Self:
        try:
            self._connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS_MAX,
                options=f"-c timezone=UTC -c jit=off -c statement_timeout={STATEMENT_SECONDS_MAX}s",
                application_name="groundswell-reader",
            )
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from error
        # Decimals in jsonb stay exact.
        set_json_loads(partial(json.loads, parse_float=Decimal, parse_int=Decimal), self._connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def top(
        self, *, hours: int = 24, until: datetime | None = None, limit: int = 10, wave_id: str | None = None
    ) -> Top:
        """The ripples with the most actions in the whole minutes of so many hours that end with ``until``'s.

        Without ``until`` they end with the minute of the newest action; then the list is empty only if there
        is no action at all.
        """
        assert 1 <= hours <= WINDOW_HOURS_MAX, f"hours={hours}: must be 1 to {WINDOW_HOURS_MAX}"
        assert 1 <= limit <= ROWS_MAX, f"limit={limit}: must be 1 to {ROWS_MAX}"
        last = until or await self.newest_action_at() or datetime.fromtimestamp(0, UTC)
        end = last.astimezone(UTC).replace(second=0, microsecond=0) + MINUTE
        since = end - hours * HOUR
        window = {**_window(since, end), "wave_id": wave_id, "limit": limit}
        return Top(since, end, await self._rows(TopRipple, "top_ripples", window))

    async def newest_action_at(self) -> datetime | None:
        """When the newest live action happened."""
        return (await self._rows(_Newest, "newest_action", {}))[0].at

    async def wave(self, wave_id: str) -> WaveRow | None:
        """The wave, or None when there is none to show."""
        return _only(await self._rows(WaveRow, "wave", {"wave_id": wave_id}))

    async def ripples(
        self, ripple_id: str, *, wave_id: str | None = None, limit: int = 100
    ) -> list[RippleRow]:
        """The ripples with that id: in the wave at most one, without a wave one of each wave that has it."""
        parameters = {"ripple_id": ripple_id, "wave_id": wave_id, "limit": limit}
        return await self._rows(RippleRow, "ripples", parameters)

    async def user(self, user_id: str) -> UserSummary | None:
        """The user's summary, or None when there is nothing that counts."""
        return _only(await self._rows(UserSummary, "user", {"user_id": user_id}))

    async def most_active_user(self) -> str | None:
        """The user with the most actions over all waves; None when there is none. Reads every user's rows."""
        found = _only(await self._rows(_UserId, "most_active_user", {}))
        return None if found is None else found.user_id

    async def weight_reach(self, bucket: str, effective_from: datetime) -> WeightReach:
        """What setting the bucket's weight from that hour on would touch."""
        parameters = {"bucket": bucket, "effective_from": effective_from}
        return (await self._rows(WeightReach, "weight_reach", parameters))[0]

    async def _rows(self, row: type[Answer], query: str, parameters: dict[str, Any]) -> list[Answer]:
        assert self._connection is not None, "use the reader with `async with`"
        try:
            async with self._connection.cursor(row_factory=class_row(row)) as cursor:
                await cursor.execute(_query(query), parameters)
                return await cursor.fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise NothingFolded(
                "there are no tables of system actions yet: start a worker with `groundswell worker actions`"
            ) from error
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: psycopg.Error) -> ServerUnreachable:
        where = urlsplit(self._url)
        return ServerUnreachable(
            f"Postgres at {where.hostname}:{where.port} does not answer: {str(error).strip()}."
            " Start the local stack with `groundswell up`, or correct GROUNDSWELL_POSTGRES"
        )


@cache
def _query(name: str) -> bytes:
    return (QUERIES / f"{name}.sql").read_bytes()


def _only(rows: list[Answer]) -> Answer | None:
    return rows[0] if rows else None


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
