"""A task that is cancelled ends, whatever its client of a server makes of the cancellation."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from projections.cancellation import cancellable
from projections.postgres.connection import until_postgres_answers
from streams.cache_patience import until_cache_answers

Attempt = Callable[[], Awaitable[str]]


async def dropping() -> str:
    """A client that answers all the same."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "answer"
    raise AssertionError("nobody sets the event")


async def hiding() -> str:
    """A client that raises an error of its own, which is tried again otherwise."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise psycopg.OperationalError("the statement was cancelled") from None
    raise AssertionError("nobody sets the event")


WAYS: dict[str, Callable[[Attempt], Awaitable[str]]] = {
    "once": lambda attempt: cancellable(attempt()),
    "until Postgres answers": lambda attempt: until_postgres_answers("try", attempt),
    "until Redis answers": lambda attempt: until_cache_answers("try", attempt),
}


@pytest.mark.parametrize("attempt", [dropping, hiding])
@pytest.mark.parametrize("way", WAYS)
async def test_a_cancellation_is_heard(way: str, attempt: Attempt) -> None:
    task = asyncio.ensure_future(WAYS[way](attempt))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_was_cancelled_before_can_clean_up() -> None:
    """Only a cancellation that comes meanwhile ends the call."""

    async def answering() -> str:
        return "answer"

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return await cancellable(answering())
        raise AssertionError("nobody sets the event")

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "answer"
