"""Who takes part, with how much input."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.benchmarks.actions_race import actions_catch_up
from tests.benchmarks.contest import Contestant, Race
from tests.benchmarks.faust_race import faust_rollups
from tests.benchmarks.freshness import freshness
from tests.benchmarks.rollups_race import rollups
from tests.benchmarks.servers import Servers


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events each contestant gets; rates are in events per second."""

    rollups: int
    faust: int
    actions: int
    freshness_seconds: int
    freshness_rates: tuple[int, ...] = (2_000, 10_000)


FULL = Counts(rollups=2_000_000, faust=20_000, actions=400_000, freshness_seconds=20)
QUICK = Counts(rollups=60_000, faust=1_000, actions=20_000, freshness_seconds=3, freshness_rates=(2_000,))


def contestants(*, quick: bool) -> list[Contestant]:
    """All of them, in the order in which they run."""
    counts = QUICK if quick else FULL
    return [
        Contestant("rollups", "rollups on the engine", _with(rollups, counts.rollups)),
        Contestant("faust", "rollups in idiomatic Faust", _with(faust_rollups, counts.faust)),
        Contestant("actions", "actions, catch-up", _with(actions_catch_up, counts.actions)),
        *(
            Contestant(
                f"freshness-{rate}",
                f"actions, freshness at {rate:,}/s",
                _with(freshness, rate, counts.freshness_seconds),
            )
            for rate in counts.freshness_rates
        ),
    ]


def _with(
    prepare: Callable[..., AbstractAsyncContextManager[Race]], *counts: int
) -> Callable[[Servers], AbstractAsyncContextManager[Race]]:
    return lambda servers: prepare(servers, *counts)
