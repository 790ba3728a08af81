"""Decides when Redis is filled anew, and has it done: by one worker of the system at a time."""

import asyncio
from collections import deque
from time import monotonic
from typing import Final

from projections.redis.refill import Refill, Result
from streams.cache_patience import until_cache_answers

CALM_SECONDS: Final = 2.0
"""After a flush that was too large to be brought it is waited this long for another one."""
SPOILED_KNOWN: Final = 100
"""Fills that are remembered as spoiled: each is replaced by the next one."""
BUSY_SECONDS: Final = 0.5
"""How long to wait while another worker fills."""


class Refilling:
    """The fill that is no good any more, and whether another one is due."""

    def __init__(self, refill: Refill) -> None:
        self._refill = refill
        self._due = asyncio.Event()
        self._spoiled: deque[str] = deque(maxlen=SPOILED_KNOWN)
        self._calm_at = 0.0

    def spoil(self, fill: str, *, calm: bool = False) -> None:
        """Something that belongs into this fill will never be written there. ``calm``: more of that is to be
        expected, so it is not hurried."""
        if fill not in self._spoiled:
            self._spoiled.append(fill)
        if calm:
            self._calm_at = monotonic() + CALM_SECONDS
        self._due.set()

    def ask(self) -> None:
        """There is no fill, or not a whole one: another worker may be at it."""
        self._due.set()

    def is_spoiled(self, fill: str) -> bool:
        """Whether nothing needs to be written into this fill any more."""
        return fill in self._spoiled

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._due.wait()
            await self._until_calm()
            self._due.clear()
            result = await until_cache_answers("fill", self._attempt)
            if result in ("busy", "overtaken"):
                self._due.set()
                await asyncio.sleep(BUSY_SECONDS)

    async def _until_calm(self) -> None:
        pause = self._calm_at - monotonic()
        while pause > 0:
            await asyncio.sleep(pause)
            pause = self._calm_at - monotonic()

    async def _attempt(self) -> Result:
        return await self._refill.run(self._spoiled)
