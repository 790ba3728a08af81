"""Somebody who looks at rows of a system all the while, so that they are in Redis and have to follow."""

from collections.abc import Mapping
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from psycopg import AsyncConnection

from projections.postgres.connection import connect
from projections.read_model import ReadModel
from projections.redis.reader import CacheReader

ROWS_AT_ONCE: Final = 4


class Onlooker:
    """Looks at some of the rows whose keys the `keys` of each entity answer. An async context manager."""

    def __init__(
        self, model: ReadModel, postgres: str, redis: str, keys: Mapping[str, str], random: Random
    ) -> None:
        self._postgres = postgres
        self._reader = CacheReader(model, postgres, redis)
        self._keys = keys
        self._random = random
        self._connection: AsyncConnection[Any] | None = None

    async def __aenter__(self) -> Self:
        self._connection = await connect(self._postgres)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._connection is not None
        await self._connection.close()
        await self._reader.__aexit__(kind, error, trace)

    async def look(self) -> None:
        """At a few rows of one entity; where nothing is read when somebody looks, at nothing."""
        if not self._keys:
            return
        name = self._random.choice(list(self._keys))
        found = await self._known(name)
        for key in self._random.sample(found, min(len(found), ROWS_AT_ONCE)):
            await self._reader.row(name, key)

    async def sees_everything(self) -> bool:
        """Whether Redis has answered every row that there is."""
        seen = [
            await self._reader.row(name, key) is not None
            for name in self._keys
            for key in await self._known(name)
        ]
        return all(seen)

    async def _known(self, name: str) -> list[tuple[str, ...]]:
        assert self._connection is not None, "look with `async with`"
        # In their order, so that a seed draws the same ones again.
        return sorted(await (await self._connection.execute(self._keys[name].encode())).fetchall())
