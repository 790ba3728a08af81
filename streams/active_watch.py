"""Notices that another generation became active, so that a worker leaves one that nobody reads any more."""

import asyncio
import contextlib
from typing import Final

from psycopg import sql

from projections.postgres.connection import PatientReader
from projections.postgres.generations import Generation
from streams.errors import Fenced

LOOK_SECONDS: Final = 1.0
QUERY: Final = "SELECT generation FROM groundswell.generations WHERE system = %s AND active"


async def watch_active(url: str, generation: Generation, revoked: asyncio.Event) -> None:
    """Until ``revoked``. Raises Fenced when another generation of the system is active.

    Promote fences the next flush anyway, but a quiet worker has none, and the new generation waits for it.
    """
    reader = PatientReader(url)
    try:
        while not revoked.is_set():
            rows = await reader.rows(
                "look at the active generation", sql.SQL(QUERY).format(), (generation.system,)
            )
            if rows != [(generation.number,)]:
                raise Fenced(
                    f"{generation.system}: generation {generation.number} is not the active one any more"
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(revoked.wait(), LOOK_SECONDS)
    finally:
        await reader.close()
