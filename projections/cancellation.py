"""Cancellations that a client of a server drops, or hides behind an error of its own."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


async def cancellable(call: Awaitable[Answer]) -> Answer:
    """What the call answers or raises, unless the task is cancelled meanwhile: then CancelledError.

    redis-py sends by ``asyncio.wait_for``, which before Python 3.12 drops a cancellation that comes in the
    moment in which the bytes have gone: the caller's loop would go on for ever. And a cancellation ends the
    statement that runs in Postgres: psycopg's pipeline may raise that in its place.
    """
    task = asyncio.current_task()
    assert task is not None, "servers are asked in tasks"
    before = task.cancelling()
    try:
        return await call
    finally:
        if task.cancelling() > before:
            raise asyncio.CancelledError
