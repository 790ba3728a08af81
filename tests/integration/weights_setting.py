"""A small world of system 3 whose answers can be worked out by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from projections.weights.read_model import READ_MODEL
from tests.integration.stored_rows import stored
from tests.unit.fold_driver import FoldDriver
from tests.unit.weights_driver import BASE, HOUR, deleted, registered, weights_driver, weights_set


def world() -> FoldDriver:
    """Ada set her weights three times, the second and the third at times before the first. Bob and cleo only
    registered, eve set hers once, zoe was removed and her history is still to be purged."""
    return (
        weights_driver()
        .given(
            registered(),
            weights_set(50, 30, 20, at=BASE + 3 * HOUR),
            weights_set(60, 20, 20, at=BASE + 2 * HOUR),
            weights_set(10, 10, 80, at=BASE + 4 * HOUR),
            registered("bob"),
            registered("cleo"),
            weights_set(0, 100, 0, user_id="eve"),
            weights_set(100, 0, 0, user_id="zoe"),
            deleted("zoe"),
        )
        .settled()
    )


@asynccontextmanager
async def small_world(url: str) -> AsyncIterator[tuple[AsyncConnection[Any], Generation]]:
    """The database at ``url`` holds it."""
    connection, generation = await stored(url, READ_MODEL, world())
    async with connection:
        yield connection, generation
