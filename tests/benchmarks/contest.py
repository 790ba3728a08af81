"""What a contestant is: its input is prepared once, outside all timing, and then run over again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers

Race = Callable[[], Awaitable[Measurement]]
"""One run over the prepared input."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """``name`` is for the command line, ``title`` for readers."""

    name: str
    title: str
    prepare: Callable[[Servers], AbstractAsyncContextManager[Race]]
