"""Reads rows and lists from Redis, wherever they can be trusted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec
import psycopg

from projections.postgres.connection import BY_INDEX
from projections.postgres.generations import find_active
from projections.postgres.own_connection import OwnConnection
from projections.read_model import ReadModel
from projections.redis.cached import CachedEntity
from projections.redis.client import AWAY, READ_TIMEOUT_SECONDS, Scripts, connect_redis
from projections.redis.names import Names, key_of, member
from projections.redis.row_source import SESSION, RowSource
from projections.redis.standing import CacheStanding
from projections.redis.store import IDLE_SECONDS, flat_fields
from projections.redis.trust import MINUTE_SECONDS, Look, Trust
from projections.tables import Key

LEASE_SECONDS: Final = 60
"""A reader that has not put a row after so long gives others the chance to."""
TIES_MAX: Final = 200
"""If more members tie with the last one of a list, Postgres is asked, which orders them as it should."""
GUARD: Final = "guard"
GONE: Final = "gone"

Answer = TypeVar("Answer")
Row = Mapping[str, str]


@dataclass(frozen=True)
class Ranked:
    """A member of a sorted set: its rank from 1, its key, its score, and its row without what is null."""

    rank: int
    key: Key
    score: float
    row: Row


class _Found(msgspec.Struct):
    found: list[str]
    rows: list[Any]


class CacheReader:
    """Answers None for whatever cannot be trusted, is not there, or takes too long: ask Postgres then.

    An async context manager. It never raises because of Redis or Postgres.
    """

    def __init__(self, model: ReadModel, postgres: str, redis: str) -> None:
        assert model.cached is not None, f"{model.system} has nothing in Redis"
        self._model = model
        self._cached = model.cached
        self._postgres = OwnConnection(postgres, **BY_INDEX, **SESSION)
        self._client = connect_redis(redis, READ_TIMEOUT_SECONDS)
        self._scripts = Scripts(self._client)
        self._trust = Trust(model, postgres, self._client)
        self._source: tuple[int, RowSource] | None = None
        self._reading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._trust.close()
        await self._postgres.close()
        await self._client.aclose()

    async def minute(self) -> int | None:
        """The minute that Postgres's clock shows, in whole ones since 1970."""
        look = await self._trust.look()
        return None if look is None else int(self._trust.now_seconds() // MINUTE_SECONDS)

    async def parameters(self) -> Mapping[str, float] | None:
        """What the active generation goes by."""
        look = await self._trust.look()
        return None if look is None else look.postgres.parameters

    async def top(self, name: str, limit: int) -> list[Ranked] | None:
        """The foremost members of a sorted set; ties in the order of their keys."""
        entity, _ = self._cached.set_owner(name)

        async def ask(names: Names) -> tuple[CacheStanding, list[Ranked] | None]:
            keys = [names.active, names.fill, names.flushes, names.sorted_set(name)]
            *stands, text = await self._scripts.run("top", keys, limit, TIES_MAX, names.rows(entity.name))
            return _stands(*stands), None if text is None else _ranked(text, limit)

        answer = await self._asked(ask)
        return None if answer is None else answer[2]

    async def row(self, name: str, key: Key) -> Row | None:
        """The row of an entity, without what is null. A lazy one that is not in Redis yet is put there."""
        entity = self._cached.entity(name)

        async def ask(names: Names) -> tuple[CacheStanding, Row]:
            keys = [names.active, names.fill, names.flushes, names.rows(name) + member(key)]
            seconds = 0 if entity.is_eager else IDLE_SECONDS
            *stands, text = await self._scripts.run("rows", keys, seconds)
            return _stands(*stands), _row(msgspec.json.decode(text)[0])

        answer = await self._asked(ask)
        if answer is None:
            return None
        look, stands, row = answer
        if GUARD in row:
            return None if GONE in row else _shown(row)
        if entity.is_eager or row or stands.fill is None:
            return None
        return await self._put(entity, key, look, stands.fill)

    async def _asked(
        self, ask: Callable[[Names], Awaitable[tuple[CacheStanding, Answer]]]
    ) -> tuple[Look, CacheStanding, Answer] | None:
        look = await self._trust.look()
        if look is None:
            return None
        try:
            stands, answer = await ask(Names(self._model.system, look.postgres.generation))
        except AWAY:
            self._trust.went_away()
            return None
        return (look, stands, answer) if self._trust.allows(stands) else None

    async def _put(self, entity: CachedEntity, key: Key, look: Look, fill: str) -> Row | None:
        """Reads a lazy row from Postgres and leaves it in Redis, for the next one who asks."""
        names = Names(self._model.system, look.postgres.generation)
        keys = [names.fill, names.rows(entity.name) + member(key)]
        lease = token_hex(8)
        try:
            if not await self._scripts.run("lease", keys, fill, lease, LEASE_SECONDS):
                return None
            async with self._reading:
                found = await self._read(entity, key, look.postgres.generation)
            if found is None:
                return None
            guard, fields = found
            text = msgspec.json.encode(fields).decode()
            await self._scripts.run("fill_row", keys, fill, lease, IDLE_SECONDS, guard, text)
        except AWAY:
            self._trust.went_away()
            return None
        except psycopg.Error:
            return None
        return _row(fields) or None

    async def _read(self, entity: CachedEntity, key: Key, generation: int) -> tuple[str, list[str]] | None:
        """The guard, and names and values in turn; None when another generation is active by now."""
        async with self._postgres.use() as connection:
            if self._source is None or self._source[0] != generation:
                active = await find_active(connection, self._model.system)
                if active is None or active.number != generation:
                    return None
                self._source = (generation, RowSource(self._model, active))
            rows = await self._source[1].read(connection, {entity.name: [key]})
        (one,) = rows.entities
        return rows.guard, [part for _, values in one.rows for part in flat_fields(one.fields, values)]


def _stands(generation: str | None, fill: str | None, flushes: Sequence[str]) -> CacheStanding:
    return CacheStanding.of(generation, fill, _row(flushes))


def _row(flat: Sequence[str]) -> dict[str, str]:
    """Names and values in turn as a mapping. An empty list is an empty object where Lua wrote it."""
    parts = iter(flat)
    return dict(zip(parts, parts, strict=True))


def _shown(row: Mapping[str, str]) -> Row:
    return {name: value for name, value in row.items() if name != GUARD}


def _ranked(text: str, limit: int) -> list[Ranked] | None:
    answer = msgspec.json.decode(text, type=_Found)
    found = [
        (-float(score), key_of(name), _row(flat))
        for name, score, flat in zip(answer.found[::2], answer.found[1::2], answer.rows, strict=True)
    ]
    if any(GUARD not in row or GONE in row for _, _, row in found):
        return None
    found.sort(key=lambda one: one[:2])
    return [
        Ranked(rank, key, -score, _shown(row))
        for rank, (score, key, row) in enumerate(found[:limit], start=1)
    ]
