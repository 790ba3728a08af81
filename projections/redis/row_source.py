"""Reads cached rows from Postgres: any entities, by key, in one snapshot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.generations import Generation, filled
from projections.postgres.staging import array_literal
from projections.read_model import ReadModel
from projections.redis.cached import CachedEntity, RefreshGroup
from projections.redis.standing import layout_of
from projections.tables import Key

SESSION: Final = {"plan_cache_mode": "force_generic_plan"}
"""Session settings beside BY_INDEX: planning one of these statements takes longer than running it."""
IN_PROGRESS_MAX: Final = 999_999

BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
SNAPSHOT: Final = """
SELECT pg_snapshot_xmax(s)::text::bigint,
       (SELECT count(*) FROM pg_snapshot_xip(s)),
       (SELECT (extract(epoch FROM greatest(pg_postmaster_start_time(), b.stats_reset)) * 1000000)::bigint
        FROM pg_stat_bgwriter AS b)
FROM pg_current_snapshot() AS s
"""


@dataclass(frozen=True)
class EntityRows:
    """The rows of one entity as text, key columns first, and the keys that have none."""

    entity: CachedEntity
    fields: Sequence[str]
    rows: Sequence[tuple[Key, Sequence[str | None]]]
    gone: Sequence[Key]


@dataclass(frozen=True)
class SnapshotRows:
    """Rows as of one snapshot. ``guard`` orders snapshots: the greater is the later one, as long as
    ``incarnation`` is the same. ``layout``: see :attr:`Cached.layout`.

    A commit between two snapshots raises the first transaction id that was not given out yet, or it lowers
    the number of those before it that are still in progress.
    """

    guard: str
    incarnation: int
    layout: str
    entities: Sequence[EntityRows]

    def is_for(self, fill: str) -> bool:
        """Whether the rows may go into this fill: they come from the same incarnation of Postgres, and look
        like the others."""
        return fill.startswith(f"{self.incarnation}-") and layout_of(fill) == self.layout


class RowSource:
    """The statements of one generation's entities and groups, for connections with BY_INDEX and SESSION."""

    def __init__(self, model: ReadModel, generation: Generation) -> None:
        assert model.cached is not None, f"{model.system} has nothing in Redis"
        self._cached = model.cached
        self._rows = {entity.name: filled(entity.rows, generation) for entity in model.cached.entities}
        self._members = {
            (group.name, entity): filled(path, generation)
            for group in model.cached.groups
            for entity, path in group.members.items()
        }
        self._pages = {
            entity.name: _page(entity, generation.schema)
            for entity in model.cached.entities
            if entity.is_eager
        }

    async def read(self, connection: AsyncConnection[Any], keys: Mapping[str, Sequence[Key]]) -> SnapshotRows:
        """The rows of these keys by entity, in one round trip. After an error the connection is unusable."""
        wanted = [(self._cached.entity(name), known) for name, known in keys.items() if known]
        async with connection.pipeline():
            await connection.execute(BEGIN)
            snapshot = await connection.execute(SNAPSHOT)
            answers = [
                await connection.execute(self._rows[entity.name], _arrays(entity, known))
                for entity, known in wanted
            ]
            await connection.execute(b"COMMIT")
        row = await snapshot.fetchone()
        assert row is not None
        xmax, in_progress, incarnation = row
        return SnapshotRows(
            f"{xmax:020d}-{IN_PROGRESS_MAX - in_progress:06d}",
            incarnation,
            self._cached.layout,
            [
                _entity_rows(entity, known, answer)
                for (entity, known), answer in zip(wanted, answers, strict=True)
            ],
        )

    async def page(
        self, connection: AsyncConnection[Any], entity: CachedEntity, after: Key | None, limit: int
    ) -> list[Key]:
        """The next keys of an eager entity, in their order."""
        parameters = {**_after(entity, after), "limit": limit}
        return await (await connection.execute(self._pages[entity.name], parameters)).fetchall()

    async def members(
        self,
        connection: AsyncConnection[Any],
        group: RefreshGroup,
        key: Key,
        entity: CachedEntity,
        after: Key | None,
        limit: int,
    ) -> list[Key]:
        """The next keys of an entity that hang on a group, in their order."""
        parameters = {**dict(zip(group.key, key, strict=True)), **_after(entity, after), "limit": limit}
        return await (await connection.execute(self._members[group.name, entity.name], parameters)).fetchall()


def _after(entity: CachedEntity, after: Key | None) -> dict[str, str]:
    # Key columns are never empty, so that empty ones come before all.
    parts = after or ("",) * len(entity.key)
    return {f"after_{name}": part for name, part in zip(entity.key, parts, strict=True)}


def _arrays(entity: CachedEntity, keys: Iterable[Key]) -> dict[str, str]:
    columns = zip(*keys, strict=True)
    return {name: array_literal(column) for name, column in zip(entity.key, columns, strict=True)}


def _page(entity: CachedEntity, schema: str) -> sql.Composed:
    """The next keys of all its tables together, each once."""
    key = sql.SQL(", ").join(map(sql.Identifier, entity.key))
    after = sql.SQL(", ").join(sql.Placeholder(f"after_{name}") for name in entity.key)
    pages = sql.SQL(" UNION ").join(
        sql.SQL("(SELECT {0} FROM {1} WHERE ({0}) > ({2}) ORDER BY {0} LIMIT {3})").format(
            key, sql.Identifier(schema, table.name), after, sql.Placeholder("limit")
        )
        for table in entity.all_of
    )
    return sql.SQL("SELECT {0} FROM ({1}) AS pages ORDER BY {0} LIMIT {2}").format(
        key, pages, sql.Placeholder("limit")
    )


def _entity_rows(entity: CachedEntity, keys: Sequence[Key], answer: Any) -> EntityRows:
    """As Postgres wrote the values: nothing here needs them as anything but text."""
    width, result, decode = len(entity.key), answer.pgresult, bytes.decode
    assert result is not None
    names = [column.name for column in answer.description]
    assert tuple(names[:width]) == entity.key, f"{entity.rows.name} answers {names}, its key is {entity.key}"
    columns, value = range(result.nfields), result.get_value
    rows: list[tuple[Key, Sequence[str | None]]] = []
    for number in range(result.ntuples):
        found = [value(number, column) for column in columns]
        texts = [None if one is None else decode(one) for one in found]
        rows.append((tuple(texts[:width]), texts[width:]))
    known = {key for key, _ in rows}
    return EntityRows(entity, names[width:], rows, [key for key in keys if key not in known])
