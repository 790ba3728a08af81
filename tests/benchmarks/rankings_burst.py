"""Input of the rankings system for `freshness`: students rank topics of one period in bursts.

A period is one partition and one row that every batch changes: what its metrics take is the most that there
is. Each second of moves is followed by a second without any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from psycopg import AsyncConnection

from events.partitioning import partition_of
from events.rankings import SYSTEM
from events.simulation.rankings import SIMULATION, RankingsWorld
from events.simulation.traffic import Traffic
from projections.postgres.generations import filled, find_active
from tests.benchmarks.decision_watch import Decided
from tests.benchmarks.freshness import Input
from tests.benchmarks.log_writer import Record
from tests.benchmarks.servers import PARTITIONS

SEED: Final = 1
SPAN: Final = timedelta(days=1)
BURST_SECONDS: Final = 1.0
TOPICS_TAKING_OFF: Final = 20
UNDONE: Final = 0.01
FOLDER: Final = Path(__file__).parent
KEYS: Final = {model.type_name(): model.key_field for model in SYSTEM.types}
STUDENTS_TYPE: Final = "rankings.student_registered"


@dataclass(frozen=True)
class BurstSize:
    """How many students rank how many topics, and how many moves are folded before."""

    students: int
    topics: int
    known: int


def burst_input(size: BurstSize, count: int, seconds: float) -> Input:
    """So many moves, behind the announcements and the moves that are folded before."""
    everything = list(_records(size, count))
    known, sent = everything[:-count], everything[-count:]
    (period_id,) = {key for key, _ in sent}
    partition = partition_of(period_id, PARTITIONS)

    async def check(connection: AsyncConnection[Any], _cache: str) -> tuple[str, ...]:
        return await count_differences(connection, period_id)

    decided = Decided(FOLDER / "rankings_decided.sql", {"period_id": period_id}, partition)
    return Input(known, sent, check, burst_seconds=BURST_SECONDS, decided=decided)


async def count_differences(connection: AsyncConnection[Any], period_id: str) -> tuple[str, ...]:
    """Whether the live counts of all topics are what a count over the ballots says."""
    generation = await find_active(connection, SYSTEM.name)
    assert generation is not None, "something was folded"
    statement = filled(FOLDER / "rankings_burst.sql", generation)
    cursor = await connection.execute(statement, {"period_id": period_id})
    return tuple(
        f"topic {name}: {kept}, counted {counted}" for name, kept, counted in await cursor.fetchall()
    )


def _records(size: BurstSize, count: int) -> Iterator[Record]:
    """The simulation's events as the log takes them; of students only what announces them."""
    end = datetime.now(UTC)
    announced = 1 + size.topics + size.students
    # Some of it are registrations, which are left out of what is sent.
    traffic = Traffic(
        announced + size.known + count, end - SPAN, end, bursts=TOPICS_TAKING_OFF, retracted=UNDONE
    )
    world = RankingsWorld(traffic, 1, size.topics, size.students)
    encode = msgspec.json.Encoder().encode
    for number, event in enumerate(SIMULATION.stream(world, SEED)):
        if number < announced or event["type"] != STUDENTS_TYPE:
            yield event[KEYS[event["type"]]], encode(event)
