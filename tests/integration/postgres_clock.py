"""A clock of Postgres that stands still until a test sets it, without a change of what is tested.

Functions of a schema that is searched before Postgres's own take the place of `now()` and its like in one
database: SQL that is written without a schema's name reads them, in views and functions made later as well.
"""

from datetime import UTC, datetime, timedelta
from typing import Self

import psycopg
from psycopg import sql

CLOCK_SQL = """
CREATE SCHEMA standing_clock;
CREATE TABLE standing_clock.stands (at timestamptz NOT NULL);
CREATE FUNCTION standing_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT at FROM standing_clock.stands';
CREATE FUNCTION standing_clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT at FROM standing_clock.stands';
CREATE FUNCTION standing_clock.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT at FROM standing_clock.stands';
"""
MINUTE = timedelta(minutes=1)


class PostgresClock:
    """The clock of one database. ``at`` is what it says."""

    def __init__(self, url: str, at: datetime) -> None:
        self._url = url
        self.at = at

    @classmethod
    def install(cls, url: str, at: datetime) -> Self:
        """For all connections opened from now on; before the first migration, as defaults are bound then."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CLOCK_SQL)
            connection.execute("INSERT INTO standing_clock.stands VALUES (%s)", (at,))
            database = sql.Identifier(connection.info.dbname)
            # What is made goes into the first one, what is not found there is looked for in the next.
            path = "public, standing_clock, pg_catalog"
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET search_path = {}").format(database, sql.SQL(path))
            )
        return cls(url, at)

    def set(self, at: datetime) -> None:
        """It is this time now."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("UPDATE standing_clock.stands SET at = %s", (at,))
        self.at = at

    def advance(self, by: timedelta) -> None:
        """So much later."""
        self.set(self.at + by)

    @property
    def minute(self) -> int:
        """The running minute, in whole ones since 1970."""
        return (self.at - datetime(1970, 1, 1, tzinfo=UTC)) // MINUTE

    def system_clock(self) -> datetime:
        """A worker's clock that agrees."""
        return self.at
