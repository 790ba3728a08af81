"""A system as the engine sees it: its events, its fold and its read model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import streams.folds
from events.catalogue import System
from events.declared import declared
from events.errors import WrongUsage
from projections.read_model import ReadModel
from streams.decisions import ScheduledDecision
from streams.folding import Fold


@dataclass(frozen=True)
class StreamSystem:
    """What a module in ``streams/folds`` declares as ``SYSTEM``."""

    events: System
    fold: Fold
    model: ReadModel
    decisions: tuple[ScheduledDecision, ...] = ()
    reconciliation: Callable[[int], ScheduledDecision] | None = None
    """What is recomputed, repaired and reported, of so many days; None where nothing is."""

    @property
    def name(self) -> str:
        return self.events.name


@cache
def systems() -> dict[str, StreamSystem]:
    """Every system by name: each module of ``streams.folds`` that declares ``SYSTEM``."""
    return {system.name: system for _, system in declared(streams.folds, "SYSTEM")}


def system_named(name: str) -> StreamSystem:
    """The system with that name."""
    if name not in systems():
        raise WrongUsage(f"there is no system {name!r}: choose from {', '.join(sorted(systems()))}")
    return systems()[name]
