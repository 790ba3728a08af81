"""Contestant: the content system's own catch-up, all its tables, over simulated traffic of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from events.content import SYSTEM, VideoMetricsObserved, VideoPublished, VideoRemoved
from events.simulation.content import SIMULATION, ContentWorld
from events.simulation.traffic import Traffic
from projections.postgres.generations import filled, find_active
from tests.benchmarks.catch_up import Backlog, catch_up
from tests.benchmarks.contest import Race
from tests.benchmarks.disturbance import Outcome, disturbed
from tests.benchmarks.freshness import Input
from tests.benchmarks.log_writer import LogWriter, Record
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers

SEED: Final = 1
VIEWS_MEDIAN: Final = 5_000
VIEWS_SIGMA: Final = 2.0
PER_VIEW: Final = {"likes": 0.04, "comments": 0.004, "shares": 0.005, "saves": 0.005}
"""Of what a crawler saw of each video at first: views are lognormal, the others so much of them."""
WORKER: Final = ["-m", "streams.worker", SYSTEM.name]
GROUPED: Final = Path(__file__).parent / "content_race.sql"


@dataclass(frozen=True)
class ContentSize:
    """How much there is of what: everything is announced first, and is part of the events. The observation
    that follows each video comes on top. The ``span`` is what the events' times cover: what is counted by the
    hour has a row for each hour of it."""

    events: int
    videos: int
    creators: int
    sounds: int
    hashtags: int
    communities: int
    span: timedelta = timedelta(days=1)

    def world(self, end: datetime) -> ContentWorld:
        """As the simulation takes it: the traffic ends then."""
        traffic = Traffic(self.events, end - self.span, end, retracted=0.02)
        return ContentWorld(traffic, self.videos, self.creators, self.sounds, self.hashtags, self.communities)


def records(world: ContentWorld, refused: Counter[str] | None = None) -> Iterator[Record]:
    """The simulation's events as the log takes them; ``refused`` counts those about a removed video."""
    encode = msgspec.json.Encoder().encode
    keys = {model.type_name(): model.key_field for model in SYSTEM.types}
    removed: set[str] = set()
    random = Random(SEED)
    for event in SIMULATION.stream(world, SEED):
        key = event[keys[event["type"]]]
        if key in removed and refused is not None:
            refused[event["type"]] += 1
        if event["type"] == VideoRemoved.type_name():
            removed.add(key)
        yield key, encode(event)
        if event["type"] == VideoPublished.type_name():
            yield key, encode(seen_before(event, random))


def seen_before(published: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """What a crawler says of a video that has been there for a while: most have some thousand views, few have
    millions."""
    views = int(random.lognormvariate(log(VIEWS_MEDIAN), VIEWS_SIGMA))
    return {
        "id": str(UUID(int=random.getrandbits(128))),
        "type": VideoMetricsObserved.type_name(),
        "v": 1,
        "at": published["at"],
        "video_id": published["video_id"],
        "views": views,
        **{name: int(views * share) for name, share in PER_VIEW.items()},
    }


@asynccontextmanager
async def content_catch_up(servers: Servers, size: ContentSize) -> AsyncIterator[Race]:
    """The topic is filled once; each run folds it anew into an empty database."""
    outcome, refused = Outcome(), Counter[str]()
    async with servers.topic(SYSTEM) as topic:
        async with LogWriter(servers.kafka, topic.name) as writer:
            input_records = disturbed(records(size.world(datetime.now(UTC)), refused), outcome)
            ends = await writer.fill(input_records, size.events)
        outcome.applied -= refused.total()
        outcome.dead += refused.total()

        async def run() -> Measurement:
            return await catch_up(servers, Backlog(topic, outcome, ends), WORKER, group_differences)

        yield run


async def group_differences(connection: AsyncConnection[Any]) -> tuple[str, ...]:
    """Whether what is added up is what a grouping of the videos says."""
    generation = await find_active(connection, SYSTEM.name)
    assert generation is not None, "something was folded"
    # The engine's own connections look rows up by key; this reads everything.
    for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        await connection.execute(f"SET {setting} = on")
    cursor = await connection.execute(filled(GROUPED, generation))
    return tuple(
        f"{table} {key}: {kept}, grouped {grouped}" for table, key, kept, grouped in await cursor.fetchall()
    )


def content_input(size: ContentSize, count: int, seconds: float) -> Input:
    """Traffic of so many events that happen in so many seconds, behind the announcements and more of that
    traffic, which are folded before."""
    refused = Counter[str]()
    events = size.events + count
    live = replace(size, events=events, span=timedelta(seconds=seconds) * events / count)
    everything = list(records(live.world(datetime.now(UTC)), refused))
    known, sent = everything[:-count], everything[-count:]

    async def check(connection: AsyncConnection[Any], _cache: str) -> tuple[str, ...]:
        return await group_differences(connection)

    return Input(known, sent, check, refused=refused.total())
