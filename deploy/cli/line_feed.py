"""Reads a blocking stream of lines for async code: a thread reads ahead, within bounds, the loop takes.

What has come is taken at once: an event on a slow pipe is sent when it arrives, not when the next one does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

from events.refusals import Broken

LINES_AHEAD_MAX = 10_000
BYTES_AHEAD_MAX = 16 * 1024 * 1024

Line = tuple[int, bytes | Broken]


async def fed(lines: Iterator[Line]) -> AsyncIterator[Line]:
    """The same lines, read in a thread of their own; an error of theirs comes after the lines before it."""
    feed = _Feed(lines)
    # A daemon: reading from a terminal or a pipe cannot be interrupted, and must not hold up the exit.
    threading.Thread(target=feed.read, name="line-feed", daemon=True).start()
    try:
        while taken := await asyncio.to_thread(feed.take):
            for line in taken:
                yield line
    finally:
        feed.stop()
    if feed.error is not None:
        raise feed.error


class _Feed:
    def __init__(self, lines: Iterator[Line]) -> None:
        self.error: BaseException | None = None
        self._lines = lines
        self._ahead: list[Line] = []
        self._bytes_ahead = 0
        self._ended = False
        self._changed = threading.Condition()

    def read(self) -> None:
        """Until the lines end, or nobody wants more."""
        try:
            for line in self._lines:
                if not self._put(line):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the lines are taken
            self.error = error
        self.stop()

    def take(self) -> list[Line]:
        """Everything read since the last time, as soon as there is something; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ahead or self._ended)
            taken, self._ahead, self._bytes_ahead = self._ahead, [], 0
            self._changed.notify_all()
            return taken

    def stop(self) -> None:
        """Let both sides end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _put(self, line: Line) -> bool:
        with self._changed:
            self._changed.wait_for(self._has_room)
            if self._ended:
                return False
            self._ahead.append(line)
            self._bytes_ahead += len(line[1]) if isinstance(line[1], bytes) else 0
            self._changed.notify_all()
            return True

    def _has_room(self) -> bool:
        return self._ended or (len(self._ahead) < LINES_AHEAD_MAX and self._bytes_ahead < BYTES_AHEAD_MAX)
