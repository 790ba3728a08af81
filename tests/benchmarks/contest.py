"""What a contestant is, and what a heat: contestants over one input, which is prepared once outside all
timing. They take turns, so that a machine that slows down meets them all alike: the first run of each, then
the second of each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers

Race = Callable[[], Awaitable[Measurement]]
"""One run over the prepared input."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a contestant cannot take part on this machine."""

    reason: str


Races = Mapping[str, Race | Absent]
"""By contestant's name, those that were asked for."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """``name`` is for the command line, ``title`` for readers."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Heat:
    """``prepare`` gets the names of the contestants that shall run."""

    contestants: tuple[Contestant, ...]
    prepare: Callable[[Servers, frozenset[str]], AbstractAsyncContextManager[Races]]
