"""Clients of Redis, and the scripts that run in it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

SCRIPTS: Final = Path(__file__).parent / "scripts"
WRITE_TIMEOUT_SECONDS: Final = 2.0
"""How long a worker waits for an answer; then it tries again, and Redis is not trusted meanwhile."""
READ_TIMEOUT_SECONDS: Final = 0.2
"""How long a reader waits; then it asks Postgres."""

AWAY: Final = (RedisError, OSError, TimeoutError)
"""What a client raises while Redis is away, busy, or refuses."""


def connect_redis(url: str, timeout_seconds: float) -> "Redis":
    """A client that answers text. It connects when it is first used, and again after a failure; whoever uses
    it decides whether to try again."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        client_name="groundswell",
    )


class Scripts:
    """The scripts of this folder through one client. A server that does not know one is given it."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._known: dict[str, AsyncScript] = {}

    async def run(self, name: str, keys: Sequence[str], *arguments: str | int) -> Any:
        """What the script answers."""
        if name not in self._known:
            self._known[name] = self._client.register_script(_source(name))
        return await self._known[name](keys=keys, args=arguments)


@cache
def _source(name: str) -> str:
    return (SCRIPTS / f"{name}.lua").read_text("utf-8")
