"""Compares Redis with what the stable views in Postgres show: every ripple, every list, each user it has.

Written from the specification of the keys, apart from the code that fills them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
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
STANDS: Final = """
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
SETS: Final = {"trending": "heat", "trending:1h": "actions_1h", "trending:24h": "actions_24h"}

Row = dict[str, str]


@dataclass(frozen=True)
class InRedis:
    """What one generation shows: rows by member, scores by set and member."""

    generation: str | None
    ripples: dict[str, Row]
    users: dict[str, Row]
    sets: dict[str, dict[str, float]]


def member(*parts: str) -> str:
    """How a key is written: `%` and `:` in ids stand as `%25` and `%3A`."""
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


async def redis_differences(postgres: str, client: Any) -> list[str]:
    """A line for each difference at one moment at which nothing is folded."""
    async with await connect(postgres, **UNHURRIED) as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        stands = await _rows(connection, STANDS)
        if not stands or not stands[0]["is_current"]:
            return ["the windows in Postgres are not as of this minute yet"]
        generation = str(stands[0]["generation"])
        wanted = {member(row["wave_id"], row["ripple_id"]): row for row in await _rows(connection, RIPPLES)}
        found = await in_redis(client, generation)
        users = [name.replace("%3A", ":").replace("%25", "%") for name in found.users]
        people = {member(row["user_id"]): row for row in await _rows(connection, USERS, (users,))}
    if found.generation != generation:
        return [f"actions:generation is {found.generation}, must be {generation}"]
    lines = _row_differences("ripple", found.ripples, wanted) + _row_differences("user", found.users, people)
    for name, column in SETS.items():
        scores = {key: float(row[column]) for key, row in wanted.items() if row[column] not in (None, "0")}
        lines += _score_differences(name, found.sets[name], scores)
    return lines


async def until_redis_equals(postgres: str, url: str, seconds: float) -> float:
    """Waits until nothing differs; answers after how many seconds. Raises AssertionError after `seconds`."""
    began = monotonic()
    async with Redis.from_url(url, decode_responses=True) as client:
        while True:
            try:
                lines = await redis_differences(postgres, client)
            except RedisError as error:
                lines = [f"Redis does not answer: {error}"]
            took = monotonic() - began
            if not lines:
                return took
            assert took < seconds, f"{len(lines)} differences after {took:.1f} s: {lines[:10]}"
            await asyncio.sleep(LOOK_SECONDS)


async def in_redis(client: Any, generation: str) -> InRedis:
    """All that Redis shows of a generation."""
    prefix = f"actions:{generation}:"
    ripples = await _hashes(client, f"{prefix}ripple:")
    users = await _hashes(client, f"{prefix}user:")
    sets = {name: dict(await client.zrange(f"{prefix}{name}", 0, -1, withscores=True)) for name in SETS}
    return InRedis(await client.get("actions:generation"), ripples, users, sets)


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


async def _rows(connection: AsyncConnection[Any], query: str, values: Sequence[Any] = ()) -> list[Any]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        return await cursor.fetchall()


def _row_differences(name: str, found: Mapping[str, Row], wanted: Mapping[str, Any]) -> list[str]:
    lines = [f"{name} {key}: must not be there: {found[key]}" for key in sorted(found.keys() - wanted.keys())]
    lines += [f"{name} {key}: missing" for key in sorted(wanted.keys() - found.keys())]
    for key in sorted(found.keys() & wanted.keys()):
        row = found[key]
        lines += [
            f"{name} {key}.{column}: is {row.get(column)}, must be {value}"
            for column, value in wanted[key].items()
            # Key columns stand in the key.
            if row.get(column) != value and column not in ("wave_id", "ripple_id", "user_id")
        ]
    return lines


def _score_differences(name: str, found: Mapping[str, float], wanted: Mapping[str, float]) -> list[str]:
    return [
        f"set {name}, {key}: is {found.get(key)}, must be {wanted.get(key)}"
        for key in sorted(found.keys() | wanted.keys())
        if key not in found or key not in wanted or abs(found[key] - wanted[key]) > HEAT_TOLERANCE
    ]
