"""How commands ask a system: its reader is found by the system's name, and asked where the settings say."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Generic, TypeVar

from events.errors import GroundswellError

Reader = TypeVar("Reader")
Answer = TypeVar("Answer")


class NotFound(GroundswellError):
    """Check the id, or fold what is still in the log: the message names both."""

    code: ClassVar[str] = "not_found"


class ReaderOf(Generic[Reader]):
    """The `Reader` of `projections/SYSTEM/reader.py`, imported when something is asked and not before."""

    def __init__(self, system: str) -> None:
        self._system = system

    def opened(self) -> AbstractAsyncContextManager[Reader]:
        """Reads from the Redis and the Postgres of the settings."""
        from events.settings import settings

        reader: Any = importlib.import_module(f"projections.{self._system}.reader").Reader
        opened: AbstractAsyncContextManager[Reader] = reader(
            settings().postgres, redis=settings().redis_address
        )
        return opened

    def ask(self, question: Callable[[Reader], Awaitable[Answer]]) -> Answer:
        """The answer to what is asked of a reader that is opened for it."""

        async def answer() -> Answer:
            async with self.opened() as reader:
                return await question(reader)

        return asyncio.run(answer())


def not_found(kind: str, identity: str, where: str = "") -> NotFound:
    """What was asked for is not there."""
    return NotFound(
        f"there is no {kind} {identity!r}{where}, or it was removed: check the id;"
        " `groundswell lag` tells whether all events are folded"
    )
