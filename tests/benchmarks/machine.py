"""What the figures were made on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

import psutil
from psycopg import AsyncConnection

from deploy.local_stack.kafka import KAFKA_VERSION

PACKAGES: Final = ("aiokafka", "faust-streaming", "msgspec", "numpy", "psycopg", "pydantic")


async def machine(connection: AsyncConnection[Any], kafka_is_own: bool) -> dict[str, Any]:
    """Cores that this process may use, memory in bytes, load before the first run, versions, date."""
    cursor = await connection.execute("SHOW server_version")
    (postgres,) = await cursor.fetchone() or ("",)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": psutil.virtual_memory().total,
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "kafka": KAFKA_VERSION if kafka_is_own else None,
            "postgres": postgres,
            **{package: version(package) for package in PACKAGES},
        },
    }
