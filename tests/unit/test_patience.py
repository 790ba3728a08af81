"""Whoever waits for a server says why, once for each kind of error, and when it goes on."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest
import redis
from structlog.testing import capture_logs

from projections.postgres.connection import until_postgres_answers
from streams.cache_patience import until_cache_answers

LOST = psycopg.errors.AdminShutdown("terminating connection")
FULL = psycopg.errors.DiskFull("no space left on device")
AWAY = redis.ConnectionError("connection refused")


def failing(*errors: Exception) -> Callable[[], Awaitable[str]]:
    """Raises these one by one, then answers."""
    left = list(errors)

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return attempt


@pytest.mark.parametrize(
    ("wait", "errors", "told"),
    [
        (until_postgres_answers, (), []),
        (until_postgres_answers, (LOST, FULL, LOST), ["postgres_wait", "postgres_wait", "postgres_back"]),
        (until_cache_answers, (AWAY, AWAY), ["cache_wait", "cache_back"]),
        (until_cache_answers, (AWAY, FULL, AWAY), ["cache_wait", "cache_wait", "cache_back"]),
    ],
)
async def test_each_kind_of_error_is_told_once(
    wait: Callable[[str, Callable[[], Awaitable[str]]], Awaitable[str]],
    errors: tuple[Exception, ...],
    told: list[str],
) -> None:
    with capture_logs() as logs:
        assert await wait("try", failing(*errors)) == "answer"
    assert [line["event"] for line in logs] == told
