"""Compares Redis with what the stable views in Postgres show: every ripple, every list, each user it has; or
whatever another system has there.

Written from the specification of the keys, apart from the code that fills them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from redis.asyncio import Redis
from redis.exceptions import RedisError

from projections.postgres.connection import connect

LOOK_SECONDS: Final = 0.1
KEYS_AT_ONCE: Final = 1_000
UNHURRIED: Final = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""Reading all of Redis takes long, and Postgres waits meanwhile."""
OWN_FIELDS: Final = frozenset({"guard", "gone", "lease"})
"""Fields of a hash that are the cache's own. A hash that is a tombstone or a lease shows no row."""
HEAT_TOLERANCE: Final = 1e-9
ACTIVE: Final = """
SELECT generation, true AS is_current FROM groundswell.generations WHERE system = %(system)s AND active
"""
_ACTIONS_STAND: Final = """
SELECT g.generation, k.windows_minute >= k.minute AS is_current
FROM groundswell.generations AS g CROSS JOIN actions.clock AS k
WHERE g.system = 'actions' AND g.active
"""
RIPPLES: Final = """
SELECT c.wave_id, c.ripple_id, c.title, w.title AS wave_title, c.actions_1h::text, c.actions_24h::text,
    c.actions_total::text, c.impact::text, c.participants::text, c.boost_points::text, t.heat::text,
    to_char(c.last_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_action_at, c.version::text
FROM actions.ripple_counters AS c
LEFT JOIN actions.waves AS w ON w.wave_id = c.wave_id
LEFT JOIN actions.ripple_trends AS t ON t.wave_id = c.wave_id AND t.ripple_id = c.ripple_id
"""
USERS: Final = """
SELECT user_id, actions::text, impact::text, ripples_joined::text, waves::text,
    to_char(first_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS first_action_at,
    to_char(last_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_action_at,
    by_category::text, achievements::text
FROM actions.user_impact_summaries WHERE user_id = ANY (%s)
"""

Row = dict[str, str]


@dataclass(frozen=True)
class Shown:
    """The rows of an entity as its view shows them. `query` answers all of them; of lazy ones those whose
    keys are its parameters, a list for each column. `left_out` are columns that Redis does not have."""

    key: tuple[str, ...]
    query: str
    is_lazy: bool = False
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ShownSystem:
    """What of a system is in Redis. `stands` answers the active generation, and whether the views are as of
    this minute. Of each sorted set: its entity, and the column of the score."""

    name: str
    entities: Mapping[str, Shown]
    sets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    stands: str = ACTIVE


ACTIONS: Final = ShownSystem(
    "actions",
    {
        "ripple": Shown(("wave_id", "ripple_id"), RIPPLES),
        "user": Shown(("user_id",), USERS, is_lazy=True),
    },
    {
        "trending": ("ripple", "heat"),
        "trending:1h": ("ripple", "actions_1h"),
        "trending:24h": ("ripple", "actions_24h"),
    },
    _ACTIONS_STAND,
)


@dataclass(frozen=True)
class InRedis:
    """What one generation shows: rows by entity and member, scores by set and member."""

    generation: str | None
    rows: dict[str, dict[str, Row]]
    sets: dict[str, dict[str, float]]


def member(*parts: str) -> str:
    """How a key is written: `%` and `:` in ids stand as `%25` and `%3A`."""
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


def _part(name: str, column: int) -> str:
    return name.split(":")[column].replace("%3A", ":").replace("%25", "%")


async def redis_differences(postgres: str, client: Any, system: ShownSystem = ACTIONS) -> list[str]:
    """A line for each difference at one moment at which nothing is folded."""
    async with await connect(postgres, **UNHURRIED) as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        stands = await _rows(connection, system.stands, {"system": system.name})
        if not stands or not stands[0]["is_current"]:
            return ["the windows in Postgres are not as of this minute yet"]
        generation = str(stands[0]["generation"])
        found = await in_redis(client, generation, system)
        wanted = {
            name: await _shown(connection, shown, found.rows[name]) for name, shown in system.entities.items()
        }
    if found.generation != generation:
        return [f"{system.name}:generation is {found.generation}, must be {generation}"]
    lines = []
    for name in system.entities:
        lines += _row_differences(name, found.rows[name], wanted[name])
    for name, (entity, column) in system.sets.items():
        scores = {
            key: float(score)
            for key, row in wanted[entity].items()
            if (score := row[column]) is not None and score != "0"
        }
        lines += _score_differences(name, found.sets[name], scores)
    return lines


async def until_redis_equals(postgres: str, url: str, seconds: float, system: ShownSystem = ACTIONS) -> float:
    """Waits until nothing differs; answers after how many seconds. Raises AssertionError after `seconds`."""
    began = monotonic()
    async with Redis.from_url(url, decode_responses=True) as client:
        while True:
            try:
                lines = await redis_differences(postgres, client, system)
            except RedisError as error:
                lines = [f"Redis does not answer: {error}"]
            took = monotonic() - began
            if not lines:
                return took
            assert took < seconds, f"{len(lines)} differences after {took:.1f} s: {lines[:10]}"
            await asyncio.sleep(LOOK_SECONDS)


async def in_redis(client: Any, generation: str, system: ShownSystem) -> InRedis:
    """All that Redis shows of a generation."""
    prefix = f"{system.name}:{generation}:"
    rows = {name: await _hashes(client, f"{prefix}{name}:") for name in system.entities}
    sets = {
        name: dict(await client.zrange(f"{prefix}{name}", 0, -1, withscores=True)) for name in system.sets
    }
    return InRedis(await client.get(f"{system.name}:generation"), rows, sets)


async def _shown(
    connection: AsyncConnection[Any], shown: Shown, found: Mapping[str, Row]
) -> dict[str, dict[str, str | None]]:
    columns = range(len(shown.key)) if shown.is_lazy else ()
    values = [[_part(name, column) for name in found] for column in columns]
    rows = await _rows(connection, shown.query, values)
    return {
        member(*(row[column] for column in shown.key)): {
            column: _text(value)
            for column, value in row.items()
            # Key columns stand in the key.
            if column not in shown.key and column not in shown.left_out
        }
        for row in rows
    }


def _text(value: Any) -> str | None:
    """As it is written in Redis."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        case list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(value)


async def _hashes(client: Any, prefix: str) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    async for keys in _scanned(client, prefix):
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            pipeline.hgetall(key)
        for key, row in zip(keys, await pipeline.execute(), strict=True):
            if row and "gone" not in row and "lease" not in row:
                shown = {name: value for name, value in row.items() if name not in OWN_FIELDS}
                rows[key.removeprefix(prefix)] = shown
    return rows


async def _scanned(client: Any, prefix: str) -> AsyncIterator[list[str]]:
    cursor = 0
    while True:
        cursor, keys = await client.scan(cursor, match=f"{prefix}*", count=KEYS_AT_ONCE)
        yield keys
        if cursor == 0:
            return


async def _rows(
    connection: AsyncConnection[Any], query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[Any]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        return await cursor.fetchall()


def _row_differences(
    name: str, found: Mapping[str, Row], wanted: Mapping[str, Mapping[str, str | None]]
) -> list[str]:
    lines = [f"{name} {key}: must not be there: {found[key]}" for key in sorted(found.keys() - wanted.keys())]
    lines += [f"{name} {key}: missing" for key in sorted(wanted.keys() - found.keys())]
    for key in sorted(found.keys() & wanted.keys()):
        row = found[key]
        lines += [
            f"{name} {key}.{column}: is {row.get(column)}, must be {value}"
            for column, value in wanted[key].items()
            if row.get(column) != value
        ]
    return lines


def _score_differences(name: str, found: Mapping[str, float], wanted: Mapping[str, float]) -> list[str]:
    return [
        f"set {name}, {key}: is {found.get(key)}, must be {wanted.get(key)}"
        for key in sorted(found.keys() | wanted.keys())
        if key not in found or key not in wanted or abs(found[key] - wanted[key]) > HEAT_TOLERANCE
    ]
