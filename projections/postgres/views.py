"""Stable views, put in place of those that stand, whatever a release has changed about them."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, sql

from events.errors import GroundswellError

MADE: Final = re.compile(r"^CREATE OR REPLACE VIEW \w+\.(\w+)", re.MULTILINE)


class ViewsInUse(GroundswellError):
    """A release changed the columns of the stable views, and objects of somebody else are built on them: drop
    those first, promote, and make them again."""

    code = "views_in_use"


class ViewsDoNotFit(GroundswellError):
    """The stable views of this release read what the active generation's tables have not got. Rebuild them:
    `groundswell rebuild SYSTEM --promote`."""

    code = "views_do_not_fit"


async def are_made(connection: AsyncConnection[Any], schema: str, statements: sql.Composed) -> bool:
    """Whether the views of ``schema`` were last made by these statements: its comment tells."""
    cursor = await connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", (schema,)
    )
    row = await cursor.fetchone()
    return row is not None and row[0] == _mark(connection, statements)


async def replace_views(
    connection: AsyncConnection[Any], schema: str, statements: sql.Composed, former: Iterable[str]
) -> None:
    """Makes the views of ``schema`` by ``statements``, inside the caller's transaction.

    Views whose columns have changed are dropped and made again; those that still read one of the ``former``
    schemas, because this release has them no more, are dropped. Raises ViewsInUse and ViewsDoNotFit.
    """
    try:
        await _make(connection, schema, statements)
    except (
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
    ) as error:
        raise ViewsDoNotFit(
            f"the views of this release do not fit the tables that {schema} has: {str(error).strip()}."
            f" Run `groundswell rebuild {schema} --promote`"
        ) from error
    cursor = await connection.execute(
        "SELECT viewname FROM pg_views WHERE schemaname = %s AND EXISTS ("
        " SELECT FROM unnest(%s::text[]) AS f (name) WHERE strpos(definition, f.name || '.') > 0)",
        (schema, list(former)),
    )
    await _drop(connection, schema, [name for (name,) in await cursor.fetchall()])


async def _make(connection: AsyncConnection[Any], schema: str, statements: sql.Composed) -> None:
    try:
        async with connection.transaction():
            await connection.execute(statements, prepare=False)
    except psycopg.errors.InvalidTableDefinition:
        await _drop(connection, schema, MADE.findall(statements.as_string(connection)))
        await connection.execute(statements, prepare=False)
    comment = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(
        sql.Identifier(schema), sql.Literal(_mark(connection, statements))
    )
    await connection.execute(comment)


def _mark(connection: AsyncConnection[Any], statements: sql.Composed) -> str:
    digest = sha256(statements.as_string(connection).encode()).hexdigest()[:16]
    return f"The stable views of this system; made by statements {digest}."


async def _drop(connection: AsyncConnection[Any], schema: str, names: list[str]) -> None:
    if not names:
        return
    views = sql.SQL(", ").join(sql.Identifier(schema, name) for name in names)
    try:
        await connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(views))
    except psycopg.errors.DependentObjectsStillExist as error:
        raise ViewsInUse(
            f"the views in schema {schema} have changed with this release, and other objects depend on them:"
            f" {error.diag.message_detail}. Drop those, run the command again, and make them anew"
        ) from error
