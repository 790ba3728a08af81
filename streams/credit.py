"""Back-pressure: the next fetch waits until everything fetched before is folded.

What is read waits in Kafka rather than in queues, so that one batch holds all that has gathered there: a
slice pays its round trips once, however many small record batches producers sent. Bytes are bounded by what
one fetch may bring (FETCH_BYTES_MAX for each partition, BATCH_RECORDS_MAX records), rows by the gathering
(Pace.gathered_rows_max).
"""

import asyncio
from typing import Final

CREDIT_WAIT_SECONDS: Final = 0.5


class Credit:
    """Taken by a fetch for the bytes that it brought; given back when they are folded, or when the
    assignment ends."""

    def __init__(self) -> None:
        self.taken_bytes = 0
        self._free = asyncio.Event()
        self._free.set()

    async def wait(self) -> bool:
        """Waits a little until nothing is taken; answers whether that is so."""
        try:
            await asyncio.wait_for(self._free.wait(), CREDIT_WAIT_SECONDS)
        except TimeoutError:
            return False
        return True

    def take(self, size_bytes: int) -> None:
        """A fetch brought this much."""
        self.taken_bytes += size_bytes
        self._free.clear()

    def give_back(self, size_bytes: int) -> None:
        """This much is folded."""
        self.taken_bytes -= size_bytes
        assert self.taken_bytes >= 0, "more bytes were folded than fetched"
        if self.taken_bytes == 0:
            self._free.set()

    def reset(self) -> None:
        """The assignment is gone, and all that was fetched for it."""
        self.taken_bytes = 0
        self._free.set()
