"""Generations: one whole copy of a system's tables each, in a schema of its own, and the views over the
active one."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from projections.read_model import ReadModel
from projections.tables import CounterTable, StateTable, Table


@dataclass(frozen=True)
class Generation:
    """``schema`` holds the tables of this copy of ``system``."""

    system: str
    number: int
    schema: str


def table_ddl(schema: str, table: Table) -> sql.Composed:
    """CREATE TABLE with its indexes for one table of a generation."""
    # Room on each page keeps an update on it, so that no index has to follow (heap-only tuples).
    columns = [
        sql.SQL("{} {} {}").format(
            sql.Identifier(column.name),
            sql.SQL(column.sql_type),
            sql.SQL("" if column.nullable else "NOT NULL"),
        )
        for column in table.columns
    ]
    keys = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.key_columns)
    parts = [*columns, sql.SQL("PRIMARY KEY ({})").format(keys)]
    if isinstance(table, StateTable):
        parts += [sql.SQL("CHECK ({})").format(sql.SQL(check)) for check in table.checks]
    name = sql.Identifier(schema, table.name)
    statements = [
        sql.SQL("CREATE TABLE {} ({}) WITH (fillfactor = {})").format(
            name, sql.SQL(", ").join(parts), sql.Literal(70 if isinstance(table, CounterTable) else 85)
        )
    ]
    statements += [sql.SQL("CREATE INDEX ON {} ({})").format(name, sql.SQL(index)) for index in table.indexes]
    return sql.SQL(";\n").join(statements)


async def create_generation(
    connection: AsyncConnection[Any], model: ReadModel, fold_version: int, number: int, *, active: bool
) -> Generation:
    """Makes the schema and its tables, inside the caller's transaction."""
    schema = f"{model.system}_g{number}"
    await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for table in model.tables:
        await connection.execute(table_ddl(schema, table))
    await connection.execute(
        "INSERT INTO groundswell.generations (system, generation, schema_name, fold_version, active)"
        " VALUES (%s, %s, %s, %s, %s)",
        (model.system, number, schema, fold_version, active),
    )
    return Generation(model.system, number, schema)


async def point_views(connection: AsyncConnection[Any], model: ReadModel, schema: str) -> None:
    """Lets the stable views of the system read the generation in ``schema``, inside the caller's
    transaction."""
    await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(model.system)))
    views = sql.SQL(model.views.read_text("utf-8"))
    await connection.execute(views.format(generation=sql.Identifier(schema)))


async def active_generation(
    connection: AsyncConnection[Any], model: ReadModel, fold_version: int
) -> Generation:
    """The generation that the views read; the first one is made here. Safe to run from many workers at
    once."""
    async with connection.transaction():
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('groundswell generation ' || %s, 0))",
            (model.system,),
        )
        cursor = await connection.execute(
            "SELECT generation, schema_name FROM groundswell.generations WHERE system = %s AND active",
            (model.system,),
        )
        row = await cursor.fetchone()
        if row is not None:
            return Generation(model.system, row[0], row[1])
        generation = await create_generation(connection, model, fold_version, 1, active=True)
        await point_views(connection, model, generation.schema)
        return generation
