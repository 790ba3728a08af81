"""Looks whether Redis still has what it was given, also when nothing happens."""

import asyncio
from time import monotonic
from typing import Final

from redis.asyncio import Redis

from projections.postgres.generations import Generation
from projections.postgres.own_connection import OwnConnection
from projections.read_model import ReadModel
from projections.redis.names import Names
from projections.redis.standing import CacheStanding, cache_standing, standing
from streams.cache_backlog import Backlog
from streams.cache_patience import until_cache_answers
from streams.cache_refilling import Refilling

CHECK_SECONDS: Final = 0.25
CHANGE_SECONDS: Final = 60.0
"""Rows of another release are replaced at once, and then not again for this long: while both run they would
take turns."""


class CacheWatch:
    """Compares where Redis stands with where Postgres does, and with what was brought."""

    def __init__(
        self,
        model: ReadModel,
        generation: Generation,
        postgres: OwnConnection,
        client: "Redis",
        backlog: Backlog,
        refilling: Refilling,
    ) -> None:
        assert model.cached is not None
        self._model = model
        self._layout = model.cached.layout
        self._change_at = 0.0
        self._generation = generation
        self._postgres = postgres
        self._client = client
        self._names = Names(model.system, generation.number)
        self._backlog = backlog
        self._refilling = refilling

    async def run(self) -> None:
        """Until cancelled. Waits while Redis or Postgres is away."""
        while True:
            await until_cache_answers("check", self.check)
            await asyncio.sleep(CHECK_SECONDS)

    async def check(self) -> None:
        """A wiped, an older or another Redis, a lost write, or a Postgres that may have lost commits: then
        Redis is filled anew."""
        expected = self._backlog.expected()
        stands, server = await cache_standing(self._client, self._names)
        async with self._postgres.use() as connection:
            postgres = await standing(connection, self._model)
        if postgres is None or postgres.generation != self._generation.number:
            return
        if stands.fill is None:
            self._refilling.ask()
        elif not stands.is_of(postgres.era, server) or self._lacks(stands, expected):
            self._refilling.spoil(stands.fill)
        elif stands.generation != str(self._generation.number):
            self._refilling.ask()

    def _lacks(self, stands: CacheStanding, expected: dict[int, int]) -> bool:
        """Whether something that was brought is not there, or cannot be."""
        if not stands.looks_like(self._layout) and monotonic() >= self._change_at:
            self._change_at = monotonic() + CHANGE_SECONDS
            return True
        return any(stands.has(partition) < number for partition, number in expected.items())
