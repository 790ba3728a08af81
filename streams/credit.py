"""Back-pressure in bytes: how much may be fetched that is not folded yet."""

import asyncio
from typing import Final

FETCHED_BYTES_MAX: Final = 32 << 20
"""Keys and values fetched and not folded yet. What is folded is bounded in rows instead (GATHERED_ROWS_MAX)."""
CREDIT_WAIT_SECONDS: Final = 0.5


class Credit:
    """Taken before a fetch, for what the fetch brought; a fetch is let through while anything is left."""

    def __init__(self, bytes_max: int = FETCHED_BYTES_MAX) -> None:
        self._left = bytes_max
        self._bytes_max = bytes_max
        self._given_back = asyncio.Event()

    async def wait(self) -> bool:
        """Waits a little for credit; answers whether there is any."""
        if self._left > 0:
            return True
        self._given_back.clear()
        try:
            await asyncio.wait_for(self._given_back.wait(), CREDIT_WAIT_SECONDS)
        except TimeoutError:
            return False
        return self._left > 0

    def take(self, size_bytes: int) -> None:
        """A fetch brought this much."""
        self._left -= size_bytes

    def give_back(self, size_bytes: int) -> None:
        """This much is folded."""
        self._left += size_bytes
        self._given_back.set()

    def reset(self) -> None:
        """The assignment is gone, and all that was fetched for it."""
        self._left = self._bytes_max
        self._given_back.set()
