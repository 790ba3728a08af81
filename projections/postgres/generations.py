"""Generations: one whole copy of a system's tables each, in a schema of its own, and the views over the
active one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

from events.settings import Settings
from projections.postgres.views import are_made, replace_views
from projections.read_model import ReadModel
from projections.tables import CalculatedTable, Column, CounterTable, StateTable, Table, WindowTable

Kind: TypeAlias = Literal["whole", "scratch"]
"""Whole ones can become active; a scratch one is folded by verify, and dropped."""

COLUMNS: Final = "generation, schema_name, parameters, fold_version, active, kind, until_offsets, promoted_at"


@dataclass(frozen=True)
class Generation:
    """``schema`` holds the tables of this copy of ``system``; ``parameters`` are what it is folded and read
    by. Folding ends at ``until_offsets`` (by partition); None folds on for ever."""

    system: str
    number: int
    schema: str
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)
    fold_version: int = 1
    active: bool = False
    kind: Kind = "whole"
    until_offsets: Mapping[int, int] | None = field(default=None, hash=False)
    promoted_at: datetime | None = None
    """When it last became active."""


def parameters_of(model: ReadModel, settings: Settings) -> dict[str, float]:
    """What a generation made now goes by: the settings ``trending_<name>``, else the model's defaults."""
    return {
        name: getattr(settings, f"trending_{name}", default) for name, default in model.parameters.items()
    }


def table_ddl(schema: str, table: Table | WindowTable | CalculatedTable) -> sql.Composed:
    """CREATE TABLE with its indexes for one table of a generation."""
    # Room on each page keeps an update on it, so that no index has to follow (heap-only tuples).
    columns = [_column_ddl(column) for column in table.columns]
    keys = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.key_columns)
    parts = [*columns, *_kept_columns(table), sql.SQL("PRIMARY KEY ({})").format(keys)]
    if isinstance(table, StateTable):
        parts += [sql.SQL("CHECK ({})").format(sql.SQL(check)) for check in table.checks]
    name = sql.Identifier(schema, table.name)
    statements = [
        sql.SQL("CREATE TABLE {} ({}) WITH (fillfactor = {})").format(
            name,
            sql.SQL(", ").join(parts),
            sql.Literal(85 if isinstance(table, StateTable) else 70),
        )
    ]
    indexes = () if isinstance(table, CalculatedTable) else table.indexes
    condition = table.indexed_where if isinstance(table, StateTable) else None
    where = sql.SQL("") if condition is None else sql.SQL(" WHERE {}").format(sql.SQL(condition))
    statements += [
        sql.SQL("CREATE INDEX ON {} ({}){}").format(name, sql.SQL(index), where) for index in indexes
    ]
    if isinstance(table, StateTable | CounterTable):
        statements += [
            sql.SQL("CREATE INDEX ON {} USING gin (groundswell.searchable({}) gin_trgm_ops)").format(
                name, sql.Identifier(column)
            )
            for column in table.searched
        ]
    return sql.SQL(";\n").join(statements)


def _column_ddl(column: Column) -> sql.Composed:
    constraint = sql.SQL("" if column.nullable else "NOT NULL")
    return sql.SQL("{} {} {}").format(sql.Identifier(column.name), sql.SQL(column.sql_type), constraint)


def _kept_columns(table: Table | WindowTable | CalculatedTable) -> list[sql.Composed]:
    """The columns of a table that nobody stages: those that follow from other rows, and magnitudes."""
    if not isinstance(table, StateTable | CounterTable):
        return []
    kept = [
        sql.SQL(
            "{} integer GENERATED ALWAYS AS (groundswell.magnitude({}::double precision, {})) STORED"
        ).format(
            sql.Identifier(name),
            sql.Identifier(column),
            sql.SQL(", ").join(map(sql.Literal, magnitude.arguments)),
        )
        for name, (column, magnitude) in table.orders.items()
    ]
    if isinstance(table, CounterTable):
        kept += [_column_ddl(column) for column in table.followed_columns]
        if table.aging is not None:
            kept.append(
                sql.SQL("{} smallint NOT NULL DEFAULT {}").format(
                    sql.Identifier(table.aging.column), sql.Literal(table.aging.otherwise)
                )
            )
    return kept


def filled(file: Path, generation: Generation, **relations: sql.Composable) -> sql.Composed:
    """A SQL file of the read model with the generation's schema and parameters in it, and ``relations`` under
    their names."""
    literals = {name: sql.Literal(value) for name, value in generation.parameters.items()}
    return sql.SQL(file.read_text("utf-8")).format(
        generation=sql.Identifier(generation.schema), **literals, **relations
    )


async def create_generation(
    connection: AsyncConnection[Any],
    model: ReadModel,
    fold_version: int,
    number: int,
    *,
    active: bool,
    parameters: Mapping[str, float] | None = None,
    kind: Kind = "whole",
    until_offsets: Mapping[int, int] | None = None,
) -> Generation:
    """Makes the schema, its tables and functions, inside the caller's transaction. ``parameters`` default to
    the model's."""
    schema = f"{model.system}_g{number}"
    known = dict(model.parameters if parameters is None else parameters)
    made = Generation(model.system, number, schema, known, fold_version, active, kind, until_offsets)
    await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for table in (*model.tables, *model.windows, *model.calculated):
        await connection.execute(table_ddl(schema, table), prepare=False)
    if model.functions is not None:
        await connection.execute(filled(model.functions, made), prepare=False)
    await connection.execute(
        "INSERT INTO groundswell.generations"
        " (system, generation, schema_name, fold_version, active, parameters, kind, until_offsets,"
        " promoted_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)",
        (
            model.system, number, schema, fold_version, active, Jsonb(known), kind,
            None if until_offsets is None else Jsonb(dict(until_offsets)), active,
        ),
    )  # fmt: skip
    return made


async def remake_functions(
    connection: AsyncConnection[Any], model: ReadModel, generation: Generation
) -> None:
    """Puts this release's functions in the place of those that an earlier one made, inside the caller's
    transaction. Only for a generation that no view reads."""
    cursor = await connection.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = %s",
        (generation.schema,),
    )
    names = [name for (name,) in await cursor.fetchall()]
    if names:
        # What hangs on them (triggers, policies) is made again with them.
        await connection.execute("DROP FUNCTION " + ", ".join(names) + " CASCADE")
    if model.functions is not None:
        await connection.execute(filled(model.functions, generation), prepare=False)


async def next_number(connection: AsyncConnection[Any], system: str) -> int:
    """A number that no generation of the system ever had, inside the caller's transaction.

    A process that still writes to a dropped generation must not find another of that number.
    """
    cursor = await connection.execute(
        "INSERT INTO groundswell.generation_numbers AS n (system, newest) VALUES (%s, 1)"
        " ON CONFLICT (system) DO UPDATE SET newest = n.newest + 1 RETURNING newest",
        (system,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def point_views(connection: AsyncConnection[Any], model: ReadModel, generation: Generation) -> None:
    """Lets the stable views of the system read the generation, inside the caller's transaction. Raises
    ViewsInUse."""
    name = sql.Identifier(model.system)
    await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
    others = [other.schema for other in await generations(connection, model.system)]
    former = [schema for schema in others if schema != generation.schema]
    await replace_views(connection, model.system, _views(model, generation), former)


def _views(model: ReadModel, generation: Generation) -> sql.Composed:
    files = sorted(model.views.glob("*.sql")) if model.views.is_dir() else [model.views]
    return sql.SQL(";\n").join(filled(file, generation) for file in files)


async def active_generation(
    connection: AsyncConnection[Any],
    model: ReadModel,
    fold_version: int,
    parameters: Mapping[str, float] | None = None,
) -> Generation:
    """The generation that the views read; the first one is made here, by ``fold_version`` and
    ``parameters``. Where its rows fit this release, its views are made as this release has them. Safe to run
    from many workers at once. Raises ViewsInUse and ViewsDoNotFit."""
    async with connection.transaction():
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('groundswell generation ' || %s, 0))",
            (model.system,),
        )
        found = await find_active(connection, model.system)
        if found is not None:
            views = _views(model, found)
            if found.fold_version == fold_version and not await are_made(connection, model.system, views):
                await point_views(connection, model, found)
            return found
        number = await next_number(connection, model.system)
        made = await create_generation(
            connection, model, fold_version, number, active=True, parameters=parameters
        )
        await point_views(connection, model, made)
        return made


async def find_active(connection: AsyncConnection[Any], system: str) -> Generation | None:
    """The active generation, or None when nothing was ever folded."""
    found = await generations(connection, system)
    return next((generation for generation in found if generation.active), None)


async def generations(connection: AsyncConnection[Any], system: str) -> list[Generation]:
    """Every generation of the system by number."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM groundswell.generations WHERE system = %s ORDER BY generation", (system,)
    )
    return [
        Generation(
            system, number, schema, parameters, fold_version, active, kind,
            None if until is None else {int(partition): offset for partition, offset in until.items()},
            promoted_at,
        )
        for number, schema, parameters, fold_version, active, kind, until, promoted_at in (
            await cursor.fetchall()
        )
    ]  # fmt: skip
