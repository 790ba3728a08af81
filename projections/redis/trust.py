"""Whether what Redis answers can be trusted: Postgres is looked at twice a second, Redis with every answer.

An answer counts when Redis holds everything that Postgres held at a look of at most a second before.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final

import psycopg
from redis.asyncio import Redis

from projections.cancellation import cancellable
from projections.postgres.own_connection import OwnConnection
from projections.read_model import ReadModel
from projections.redis.client import AWAY, run_id
from projections.redis.standing import MINUTE, CacheStanding, Standing, standing

LOOK_SECONDS: Final = 0.5
BEHIND_SECONDS_MAX: Final = 1.0
"""Nothing is read from Redis that Postgres has contradicted for longer; a new minute counts after it."""
AWAY_SECONDS: Final = 1.0
"""Redis that was away or slow is not asked again for so long."""
MINUTE_SECONDS: Final = 60


@dataclass(frozen=True)
class Look:
    """Where Postgres stood, and which server Redis was, before ``at`` on this process's clock."""

    postgres: Standing
    server: str
    at: float


class Trust:
    """What is known of both sides. Uses a connection to Postgres of its own."""

    def __init__(self, model: ReadModel, postgres: str, client: "Redis") -> None:
        assert model.cached is not None, f"{model.system} has nothing in Redis"
        self._model = model
        self._cached = model.cached
        self._postgres = OwnConnection(postgres)
        self._client = client
        self._looking = asyncio.Lock()
        self._looks: list[Look] = []
        self._away_until = 0.0

    def went_away(self) -> None:
        """Redis did not answer."""
        self._away_until = monotonic() + AWAY_SECONDS
        self._looks.clear()

    async def look(self) -> Look | None:
        """The newest look, taken now if there is none of the last half second; None while it is of no use to
        ask Redis."""
        if monotonic() < self._away_until:
            return None
        async with self._looking:
            if not self._looks or monotonic() - self._looks[-1].at > LOOK_SECONDS:
                await self._take_a_look()
        return self._looks[-1] if self._looks else None

    async def _take_a_look(self) -> None:
        at = monotonic()
        try:
            async with self._postgres.use() as connection:
                postgres = await standing(connection, self._model)
            server = run_id(await cancellable(self._client.info("server")))
        except AWAY:
            self.went_away()
            return
        except psycopg.Error:
            self._looks.clear()
            return
        kept = [look for look in self._looks if at - look.at <= BEHIND_SECONDS_MAX]
        self._looks = [*kept, Look(postgres, server, at)] if postgres is not None else []

    def allows(self, stands: CacheStanding) -> bool:
        """Whether an answer that was given while Redis stood there, just now, may be used."""
        now = monotonic()
        look = next((one for one in self._looks if now - one.at <= BEHIND_SECONDS_MAX), None)
        if look is None:
            return False
        postgres = look.postgres
        return (
            stands.generation == str(postgres.generation)
            and stands.is_of(postgres.era, look.server)
            and stands.looks_like(self._cached.layout)
            and all(stands.has(partition) >= number for partition, number in postgres.flushes.items())
            and (not self._cached.follows_minutes or self._is_of_this_minute(stands))
        )

    def _is_of_this_minute(self, stands: CacheStanding) -> bool:
        minute, seconds = divmod(self.now_seconds(), MINUTE_SECONDS)
        least = minute - 1 if seconds < BEHIND_SECONDS_MAX else minute
        return stands.numbers.get(MINUTE, -1) >= least

    def now_seconds(self) -> float:
        """The seconds since 1970 by Postgres's clock."""
        look = self._looks[-1]
        return look.postgres.seconds + monotonic() - look.at

    async def close(self) -> None:
        """Ends the connection; the next look opens another."""
        self._looks.clear()
        await self._postgres.close()
