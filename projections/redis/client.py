"""Clients of Redis, and the scripts that run in it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError, ResponseError

from projections.cancellation import cancellable

SCRIPTS: Final = Path(__file__).parent / "scripts"
WRITE_TIMEOUT_SECONDS: Final = 2.0
"""How long a worker waits for an answer; then it tries again, and Redis is not trusted meanwhile."""
CONNECTIONS_MAX: Final = 32
"""Calls that one client sends at the same time."""
WAIT_SECONDS: Final = 5.0
"""How long a call waits for its turn."""
READ_TIMEOUT_SECONDS: Final = 0.2
"""How long a reader waits; then it asks Postgres."""

AWAY: Final = (RedisError, OSError, TimeoutError)
"""What a client raises while Redis is away, busy, or refuses."""


def connect_redis(url: str, timeout_seconds: float) -> "Redis":
    """A client that answers text. It connects when it is first used, and again after a failure; whoever uses
    it decides whether to try again. More than CONNECTIONS_MAX calls at once wait for each other."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS_MAX,
        timeout=WAIT_SECONDS,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        client_name="groundswell",
    )
    return Redis.from_pool(pool)


def run_id(server: Mapping[str, Any]) -> str:
    """What tells a server that was started anew from the one before, out of its INFO. Raises RedisError where
    it does not say."""
    try:
        return str(server["run_id"])
    except KeyError:
        raise ResponseError("INFO of this server has no run_id: it cannot be used as a cache") from None


class Scripts:
    """The scripts of this folder through one client. A server that does not know one is given it."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._known: dict[str, AsyncScript] = {}

    async def run(self, name: str, keys: Sequence[str], *arguments: str | int) -> Any:
        """What the script answers."""
        if name not in self._known:
            self._known[name] = self._client.register_script(_source(name))
        return await cancellable(self._known[name](keys=keys, args=arguments))


@cache
def _source(name: str) -> str:
    return (SCRIPTS / f"{name}.lua").read_text("utf-8")
