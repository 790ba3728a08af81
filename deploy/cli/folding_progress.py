"""How far a long folding has come, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from deploy.cli import console

if TYPE_CHECKING:
    from deploy.cli.console import Progress
    from streams.rebuilding import Report

LINE_SECONDS = 10.0


@contextmanager
def folding_progress(doing: str) -> Iterator[Report]:
    """What the block calls with the records folded so far, and all that there are to fold."""
    with ExitStack() as bars:
        yield (_Bar(doing, bars) if sys.stderr.isatty() else _Lines(doing)).report


class _Bar:
    def __init__(self, doing: str, bars: ExitStack) -> None:
        self._doing = doing
        self._bars = bars
        self._bar: Progress | None = None
        self._total = 0
        self._folded = 0

    def report(self, folded: int, total: int) -> None:
        if self._bar is None or total != self._total:
            # The log has grown: a bar of the new length.
            self._bars.close()
            self._bar = self._bars.enter_context(console.progress(self._doing, total=total, unit="records"))
            self._total, self._folded = total, 0
        self._bar.advance(folded - self._folded)
        self._folded = folded


class _Lines:
    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._began: tuple[float, int] | None = None
        self._said_at = time.monotonic()

    def report(self, folded: int, total: int) -> None:
        now = time.monotonic()
        if self._began is None:
            self._began = (now, folded)
        if now - self._said_at < LINE_SECONDS:
            return
        self._said_at = now
        rate = (folded - self._began[1]) / (now - self._began[0])
        left = f", {(total - folded) / rate:,.0f} s left" if rate > 0 else ""
        console.note(f"{self._doing}: {folded:,} of {total:,} records, {rate:,.0f}/s{left}")
