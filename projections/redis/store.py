"""Writes rows into Redis. Every write is guarded by the snapshot that it was read in, and by the fill."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec
from redis.asyncio import Redis

from projections.redis.cached import Cached, SortedSet
from projections.redis.client import Scripts
from projections.redis.names import Names, key_of, member
from projections.redis.row_source import EntityRows, SnapshotRows
from projections.redis.touched import Minutes
from projections.tables import Key

TOMBSTONE_SECONDS: Final = 3_600
"""A row that is gone leaves a tombstone for this long."""
IDLE_SECONDS: Final = 3_600
"""A lazy row that was not read for this long is gone."""
WRITE_SECONDS_MAX: Final = 60
"""Rows that were read longer ago are not written: by Redis's clock, from before the read on."""
CALL_ROWS: Final = 200
"""Rows that one call of the script writes: Redis answers nobody else meanwhile, about 2 ms."""
CALL_KEYS: Final = 2_000
"""Keys that one call of a script looks for."""

Outcome: TypeAlias = Literal["written", "refilled", "late", "gap"]
"""Of a write: done; read and write again, because a fill came between or it took too long; writes before it
are missing in Redis."""


@dataclass(frozen=True)
class Begun:
    """What has to be known before rows are read: the fill that they are for, and Redis's clock in seconds.
    ``present`` are the lazy rows, by entity, that are in Redis."""

    fill: str
    at: int
    present: dict[str, list[Key]]


class CacheStore:
    """Rows, sets and flush numbers of one generation in Redis."""

    def __init__(self, client: "Redis", names: Names, cached: Cached) -> None:
        self._scripts = Scripts(client)
        self._names = names
        self._cached = cached

    async def begin(self, lazy: Mapping[str, Sequence[Key]] | None = None) -> Begun | None:
        """To be called after the commit and before the rows are read. None: nothing may be written until a
        fill begins. ``lazy`` are keys by entity, of which those in Redis are answered."""
        first, *others = [*self._asked(lazy or {})] or [{}]
        present: dict[str, list[Key]] = {}
        fill, at = await self._begin(first, present)
        for asked in others:
            await self._begin(asked, present)
        return None if fill is None else Begun(fill, at, present)

    def _asked(self, lazy: Mapping[str, Sequence[Key]]) -> Iterable[dict[str, list[str]]]:
        """Members by the prefix of their keys, so many a call."""
        call: dict[str, list[str]] = {}
        room = CALL_KEYS
        for name, keys in lazy.items():
            members = [member(key) for key in keys]
            while members:
                part, members = members[:room], members[room:]
                call[self._names.rows(name)] = part
                room -= len(part)
                if room == 0:
                    yield call
                    call, room = {}, CALL_KEYS
        if call:
            yield call

    async def _begin(
        self, asked: dict[str, list[str]], present: dict[str, list[Key]]
    ) -> tuple[str | None, int]:
        text = msgspec.json.encode(asked).decode()
        fill, seconds, found = await self._scripts.run("begin", [self._names.fill], text)
        for prefix, members in msgspec.json.decode(found, type=dict[str, list[str]]).items():
            name = prefix.removeprefix(self._names.prefix).removesuffix(":")
            present.setdefault(name, []).extend(key_of(one) for one in members)
        return fill, int(seconds)

    async def write(
        self,
        begun: Begun,
        rows: SnapshotRows,
        flushes: Iterable[tuple[int, int, int]] = (),
        minutes: Minutes | None = None,
    ) -> Outcome:
        """Writes the rows; then ``flushes``, each a partition and the numbers of its first and last flush
        that is in Redis by this, and ``minutes``."""
        calls = [*self._calls(rows.entities)] or [[]]
        for number, writes in enumerate(calls):
            is_last = number == len(calls) - 1
            work = {
                "fill": begun.fill,
                "began": begun.at,
                "seconds_max": WRITE_SECONDS_MAX,
                "tombstone_seconds": TOMBSTONE_SECONDS,
                "idle_seconds": IDLE_SECONDS,
                "guard": rows.guard,
                "writes": writes,
                "flushes": list(flushes) if is_last else [],
                "minutes": [minutes.since, minutes.until] if is_last and minutes is not None else False,
            }
            keys = [self._names.fill, self._names.flushes]
            outcome = await self._scripts.run("write", keys, msgspec.json.encode(work).decode())
            if outcome != "written":
                return cast(Outcome, outcome)
        return "written"

    def _calls(self, entities: Sequence[EntityRows]) -> Iterable[list[dict[str, Any]]]:
        """The rows as the script takes them, so many a call."""
        call: list[dict[str, Any]] = []
        room = CALL_ROWS
        for one in entities:
            rows = [*_lines(one)]
            while rows:
                part, rows = rows[:room], rows[room:]
                call.append(self._write(one, part))
                room -= len(part)
                if room == 0:
                    yield call
                    call, room = [], CALL_ROWS
        if call:
            yield call

    def _write(self, one: EntityRows, rows: list[list[Any]]) -> dict[str, Any]:
        return {
            "prefix": self._names.rows(one.entity.name),
            "lazy": not one.entity.is_eager,
            "sets": [self._names.sorted_set(each.name) for each in one.entity.sets],
            "rows": rows,
        }


def _lines(one: EntityRows) -> Iterable[list[Any]]:
    """Each row as member, fields, absent fields and scores; what is gone as its member alone."""
    names = one.fields
    scored = [(names.index(each.score), each) for each in one.entity.sets]
    for key, values in one.rows:
        absent = [name for name, value in zip(names, values, strict=True) if value is None]
        scores = [_score(values[index], each) for index, each in scored]
        yield [member(key), flat_fields(names, values), absent, scores]
    for key in one.gone:
        yield [member(key)]


def flat_fields(names: Sequence[str], values: Sequence[str | None]) -> list[str]:
    """Names and values in turn, as HSET takes them; what is null is no field."""
    return [
        part for name, value in zip(names, values, strict=True) if value is not None for part in (name, value)
    ]


def _score(value: str | None, each: SortedSet) -> str | bool:
    if value is None or (each.least is not None and float(value) < each.least):
        return False
    return value
