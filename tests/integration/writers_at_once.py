"""Two writers at one time: a gate at which one stops, who waits for whom, and limits that let them wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString

import pytest
from psycopg import AsyncConnection

from projections.postgres.connection import SESSION_SETTINGS, connect
from tests.integration.deciding import until

GATE: Final = 4_242
"""An advisory lock that a trigger waits for, in the transaction of whoever writes."""
WAITING: Final = (
    "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$"
)
OPENING: Final = f"SELECT pg_advisory_unlock({GATE})"
AT_GATE: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
)
"""How many wait for an advisory lock."""
AT_LOCK: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
"""How many wait for any lock."""
PATIENT_MS: Final = 30_000
"""So long may statements and locks take, so that nobody gives up on a slow machine."""


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are made from now on wait that long."""
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        monkeypatch.setitem(SESSION_SETTINGS, limit, str(PATIENT_MS))


def closing(moment: LiteralString) -> tuple[LiteralString, ...]:
    """Statements after which whoever writes at that moment, such as `AFTER INSERT ON a.b`, stops at the gate
    until the same session opens it."""
    return (
        WAITING,
        f"CREATE TRIGGER gate {moment} FOR EACH STATEMENT EXECUTE FUNCTION wait_at_gate()",
        f"SELECT pg_advisory_lock({GATE})",
    )


@asynccontextmanager
async def gate_closed(url: str, moment: LiteralString) -> AsyncIterator[AsyncConnection[Any]]:
    """Until the block ends the gate is closed to whoever writes at that moment."""
    async with await connect(url) as keeper:
        for statement in closing(moment):
            await keeper.execute(statement)
        yield keeper
        await keeper.execute(OPENING)


async def until_waiting(
    connection: AsyncConnection[Any], count: int, waiting: LiteralString, what: str
) -> None:
    """Waits until so many processes of the server wait, as one of the statements above counts them."""

    async def are_waiting() -> bool:
        return await (await connection.execute(waiting)).fetchone() == (count,)

    await until(what, are_waiting)
