"""Questions to a system's stable views: statements in files, over a few connections that mend themselves."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection, AsyncCursor, sql
from psycopg.rows import class_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from events.errors import GroundswellError, ServerUnreachable, WrongUsage

CONNECT_SECONDS_MAX: Final = 5
STATEMENT_SECONDS_MAX: Final = 30
CONNECTIONS_MAX: Final = 4
"""Questions that one reader asks at the same time; more wait for their turn."""

# A plan is made once for each statement and connection: it takes longer than the reading itself.
SESSION: Final = (
    f"-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan"
    f" -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
    f" -c statement_timeout={STATEMENT_SECONDS_MAX}s"
)

# What a promote, a release or a server that was away may do to a statement or its connection in the middle.
_PASSING: Final = (
    psycopg.OperationalError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InternalError_,
)

Answer = TypeVar("Answer")


class NothingFolded(GroundswellError):
    """Start a worker of the system that the message names: the tables are made when it starts."""

    code: ClassVar[str] = "nothing_folded"


class TookTooLong(GroundswellError):
    """Ask for less, or look at what keeps Postgres busy: the statement was cancelled after its time limit."""

    code: ClassVar[str] = "took_too_long"


class PlannedAnew(sql.Composed):
    """A statement whose best plan depends on its values: it is planned with them, each time."""


class Questions:
    """Reads the live generation; an async context manager, for any number of tasks.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str]
    queries: ClassVar[Path]
    """The folder of the statements."""
    session: ClassVar[str] = ""
    """Further options of the sessions."""

    def __init__(self, postgres: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._url = postgres
        self._connections_max = connections_max
        self._opened: AsyncConnectionPool[AsyncConnection[Any]] | None = None

    async def __aenter__(self) -> Self:
        # One connection made by hand says what is wrong at once; the pool would only say that it waited.
        try:
            async with await AsyncConnection.connect(self._url, connect_timeout=CONNECT_SECONDS_MAX):
                pass
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from error
        except psycopg.ProgrammingError as error:
            raise WrongUsage(f"GROUNDSWELL_POSTGRES is no URL of a database: {str(error).strip()}") from error
        pool = AsyncConnectionPool(
            self._url,
            min_size=1,
            max_size=self._connections_max,
            timeout=CONNECT_SECONDS_MAX,
            configure=_keep_decimals,
            open=False,
            kwargs={
                "autocommit": True,
                "connect_timeout": CONNECT_SECONDS_MAX,
                "options": f"{SESSION} {self.session}",
                "prepare_threshold": 0,
                "application_name": "groundswell-reader",
            },
        )
        await pool.open()
        self._opened = pool
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _rows(
        self, row: type[Answer], query: str, parameters: dict[str, Any], **names: str
    ) -> list[Answer]:
        """The rows of a statement as dataclasses; `names` are identifiers for its places in braces."""
        statement = _statement(self.queries / f"{query}.sql", *sorted(names.items()))
        return await self._answered(row, query, statement, parameters)

    async def _answered(
        self, row: type[Answer], what: str, statement: sql.Composed, parameters: dict[str, Any]
    ) -> list[Answer]:
        """The rows of a statement that was put together, asked again where a connection was lost."""
        try:
            return await self._asked(row, statement, parameters)
        except psycopg.errors.QueryCanceled as error:
            raise self._too_long(what) from error
        except PoolTimeout as error:
            raise await self._no_connection(error) from error
        except _PASSING:
            await self._pool.check()
        try:
            return await self._asked(row, statement, parameters)
        except psycopg.errors.QueryCanceled as error:
            raise self._too_long(what) from error
        except PoolTimeout as error:
            raise await self._no_connection(error) from error
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise NothingFolded(
                f"there are no tables of system {self.system} yet: start a worker with"
                f" `groundswell worker {self.system}`"
            ) from error
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from error

    async def _only(
        self, row: type[Answer], query: str, parameters: dict[str, Any], **names: str
    ) -> Answer | None:
        """The first row of a statement, or None."""
        rows = await self._rows(row, query, parameters, **names)
        return rows[0] if rows else None

    async def _asked(
        self, row: type[Answer], statement: sql.Composed, parameters: dict[str, Any]
    ) -> list[Answer]:
        kind = AsyncClientCursor if isinstance(statement, PlannedAnew) else AsyncCursor
        async with (
            self._pool.connection() as connection,
            kind(connection, row_factory=class_row(row)) as cursor,
        ):
            await cursor.execute(statement, parameters)
            return await cursor.fetchall()

    @property
    def _pool(self) -> AsyncConnectionPool[AsyncConnection[Any]]:
        assert self._opened is not None, "use the reader with `async with`"
        return self._opened

    def _too_long(self, what: str) -> TookTooLong:
        return TookTooLong(
            f"Postgres did not answer {what} within {STATEMENT_SECONDS_MAX} s: ask for less, or look at what"
            " keeps it busy"
        )

    async def _no_connection(self, error: PoolTimeout) -> GroundswellError:
        """Why none was free: the server is away, or too many questions wait for their turn."""
        try:
            async with await AsyncConnection.connect(self._url, connect_timeout=CONNECT_SECONDS_MAX):
                return TookTooLong(
                    f"no connection was free within {CONNECT_SECONDS_MAX} s: ask fewer questions at the same"
                    f" time, or open the reader with more than {self._connections_max} connections"
                )
        except psycopg.OperationalError:
            return self._unreachable(error)

    def _unreachable(self, error: psycopg.Error) -> ServerUnreachable:
        # Without user and password, and without options.
        where = self._url.rpartition("@")[2].partition("?")[0].removeprefix("postgresql://")
        return ServerUnreachable(
            f"Postgres at {where} does not answer: {str(error).strip()}."
            " Start the local stack with `groundswell up`, or correct GROUNDSWELL_POSTGRES"
        )


@cache
def _statement(file: Path, *names: tuple[str, str]) -> sql.Composed:
    identifiers = {place: sql.Identifier(name) for place, name in names}
    return sql.SQL(file.read_text("utf-8")).format(**identifiers)


async def _keep_decimals(connection: AsyncConnection[Any]) -> None:
    """Decimals in jsonb stay exact."""
    set_json_loads(_EXACT, connection)


_EXACT: Final[Callable[[str | bytes], Any]] = partial(json.loads, parse_float=Decimal, parse_int=Decimal)
