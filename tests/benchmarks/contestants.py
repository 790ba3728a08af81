"""Who takes part, with how much input."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from events.actions import SYSTEM as ACTIONS
from events.catalogue import System
from events.content import SYSTEM as CONTENT
from events.rankings import SYSTEM as RANKINGS
from tests.benchmarks import content_tables
from tests.benchmarks.actions_freshness import actions_input
from tests.benchmarks.actions_race import actions_catch_up
from tests.benchmarks.content_race import ContentSize, content_catch_up, content_input
from tests.benchmarks.content_reads import content_reads
from tests.benchmarks.contest import Contestant, Heat, Race, Races
from tests.benchmarks.faust_race import faust_rollups
from tests.benchmarks.forest import ForestSize, forest
from tests.benchmarks.freshness import Input, freshness
from tests.benchmarks.kafka_streams_race import kafka_streams
from tests.benchmarks.rankings_burst import BurstSize, burst_input
from tests.benchmarks.reads_race import reads
from tests.benchmarks.reads_tables import Size
from tests.benchmarks.rollups_log import rollups_log
from tests.benchmarks.rollups_race import rollups
from tests.benchmarks.servers import Servers


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events each contestant gets; rates are in events per second."""

    rollups: int
    faust: int
    actions: int
    content: ContentSize
    content_large: ContentSize
    content_known: ContentSize
    freshness_seconds: int
    reads: Size
    lists: content_tables.ContentSize
    forest: ForestSize
    rankings: BurstSize
    rankings_rate: int
    freshness_rates: tuple[int, ...] = (2_000, 10_000)


FULL: Final = Counts(
    rollups=2_000_000,
    faust=20_000,
    actions=400_000,
    content=ContentSize(800_000, 20_000, 2_000, 2_000, 5_000, 500),
    content_large=ContentSize(1_200_000, 1_000_000, 50_000, 20_000, 100_000, 10_000),
    content_known=ContentSize(60_000, 20_000, 2_000, 2_000, 5_000, 500),
    freshness_seconds=20,
    reads=Size(ripples=100_000, cells=10_000_000, users=200_000),
    lists=content_tables.ContentSize(videos=1_000_000),
    forest=ForestSize(entries=100_000, users=20_000),
    rankings=BurstSize(students=2_000, topics=200, known=10_000),
    rankings_rate=1_000,
)
QUICK: Final = Counts(
    rollups=60_000,
    faust=1_000,
    actions=20_000,
    content=ContentSize(20_000, 1_000, 100, 100, 300, 20),
    content_large=ContentSize(6_000, 4_000, 400, 100, 500, 20),
    content_known=ContentSize(3_000, 1_000, 100, 100, 300, 20),
    freshness_seconds=3,
    reads=Size(ripples=1_000, cells=100_000, users=2_000),
    lists=content_tables.ContentSize(videos=5_000),
    forest=ForestSize(entries=5_000, users=1_000),
    rankings=BurstSize(students=200, topics=50, known=500),
    rankings_rate=200,
    freshness_rates=(2_000,),
)


def heats(*, quick: bool) -> list[Heat]:
    """All of them, in the order in which they run."""
    counts = QUICK if quick else FULL
    return [
        _rollups(counts.rollups),
        _alone("faust", "rollups in idiomatic Faust", faust_rollups, counts.faust),
        _alone("actions", "actions, catch-up", actions_catch_up, counts.actions),
        _alone("content", "content, catch-up", content_catch_up, counts.content),
        _alone("content-large", "content, a million videos", content_catch_up, counts.content_large),
        *(_freshness(ACTIONS, actions_input, rate, counts) for rate in counts.freshness_rates),
        *(
            _freshness(CONTENT, partial(content_input, counts.content_known), rate, counts)
            for rate in counts.freshness_rates
        ),
        _alone(
            "rankings",
            f"rankings, bursts of {counts.rankings_rate:,} moves/s",
            freshness,
            RANKINGS,
            partial(burst_input, counts.rankings),
            counts.rankings_rate,
            counts.freshness_seconds // 2,
        ),
        reads(counts.reads),
        content_reads(counts.lists),
        forest(counts.forest),
    ]


def _freshness(system: System, make: Callable[[int, float], Input], rate: int, counts: Counts) -> Heat:
    return _alone(
        f"freshness-{system.name}-{rate}",
        f"{system.name}, freshness at {rate:,}/s",
        freshness,
        system,
        make,
        rate,
        counts.freshness_seconds,
    )


def _rollups(events: int) -> Heat:
    """Those that fold one and the same full topic."""

    @asynccontextmanager
    async def prepare(servers: Servers, chosen: frozenset[str]) -> AsyncIterator[Races]:
        async with (
            rollups_log(servers, events) as log,
            kafka_streams(servers, log, chosen) as others,
        ):
            yield {**rollups(servers, log), **others}

    contestants = (
        Contestant("rollups", "rollups on the engine"),
        Contestant("rollups-2-workers", "rollups on the engine, 2 workers"),
        Contestant("rollups-rebuild", "rollups, rebuild by 2 replays"),
        Contestant("kafka-streams", "rollups in Kafka Streams, exactly once"),
        Contestant("kafka-streams-at-least-once", "rollups in Kafka Streams, at least once"),
    )
    return Heat(contestants, prepare)


def _alone(
    name: str, title: str, prepare: Callable[..., AbstractAsyncContextManager[Race]], *counts: Any
) -> Heat:
    """A heat of one, over an input of its own."""

    @asynccontextmanager
    async def races(servers: Servers, _: frozenset[str]) -> AsyncIterator[Races]:
        async with prepare(servers, *counts) as race:
            yield {name: race}

    return Heat((Contestant(name, title),), races)
