"""Databases that a file's tests read: made once for all of them, and dropped at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local_stack import LocalStack
from tests.integration.postgres_clock import PostgresClock
from tests.integration.worker_process import own_place


@contextmanager
def filled_database(
    stack: LocalStack, home: Path, at: datetime, fill: Callable[[str], Coroutine[Any, Any, object]]
) -> Iterator[str]:
    """The URL of a database of its own that this has filled, as of a clock that stands at that time."""
    with own_place(stack, home) as place:
        PostgresClock.install(place.postgres, at)
        asyncio.run(fill(place.postgres))
        yield place.postgres


def for_the_file(world: Callable[[LocalStack, Path], AbstractContextManager[Any]]) -> Any:
    """A fixture: the world, once for all tests of the file."""

    @pytest.fixture(scope="module")
    def made(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
        with world(stack, tmp_path_factory.mktemp("world")) as found:
            yield found

    return made


def reader_of_database(reader: Callable[[str], AbstractAsyncContextManager[Any]]) -> Any:
    """A fixture: such a reader of `database`, open for one test."""

    @pytest.fixture
    async def opened(database: str) -> AsyncIterator[Any]:
        async with reader(database) as found:
            yield found

    return opened
