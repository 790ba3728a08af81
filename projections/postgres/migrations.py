"""Numbered migrations of the shared tables: ``schemas/migrations/NNNN_name.sql``, applied once, in order."""

import hashlib
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection

from events.errors import GroundswellError

FOLDER: Final = Path(__file__).parents[2] / "schemas" / "migrations"
LOCK: Final = 7_061_626_101
"""Advisory lock: one process migrates at a time."""


class MigrationChanged(GroundswellError):
    """An applied migration is not the file that was applied: restore the file, and write a new migration
    instead."""

    code = "migration_changed"


async def migrate(connection: AsyncConnection[Any]) -> list[str]:
    """Applies what is missing, in one transaction; answers the names applied. Safe to run from many
    processes."""
    applied = []
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS public.groundswell_migrations"
            " (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        cursor = await connection.execute("SELECT name, checksum FROM public.groundswell_migrations")
        known = dict(await cursor.fetchall())
        for file in sorted(FOLDER.glob("*.sql")):
            checksum = hashlib.sha256(file.read_bytes()).hexdigest()
            if file.name not in known:
                await connection.execute(file.read_bytes())
                await connection.execute(
                    "INSERT INTO public.groundswell_migrations (name, checksum) VALUES (%s, %s)",
                    (file.name, checksum),
                )
                applied.append(file.name)
            elif known[file.name] != checksum:
                raise MigrationChanged(f"migration {file.name} was changed after it was applied")
    return applied
