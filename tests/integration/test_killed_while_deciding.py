"""Processes killed around decisions: who publishes a past, and who relays what was decided of it."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from events.actions import ActionLogged
from events.codec import encode
from projections.postgres.connection import connect
from projections.postgres.generations import find_active
from tests.integration.deciding import HOUR
from tests.integration.worker_process import (
    PARTITIONS,
    Place,
    Supervised,
    answer,
    folded,
    until,
)
from tests.integration.writers_at_once import AT_GATE, OPENING, closing
from tests.simulation.compare import differences, report, stored
from tests.simulation.oracle import expected
from tests.simulation.raw_log import end_offsets, read_whole

EVENTS: Final = 30
LAPSED: Final = "UPDATE groundswell.holds SET seen_at = seen_at - interval '60 seconds'"
HELD: Final = "SELECT count(*) FROM groundswell.holds WHERE system = 'actions'"
DECIDED: Final = "SELECT count(*) FROM groundswell.outbox"
UNPUBLISHED: Final = "SELECT count(*) FROM groundswell.outbox WHERE published_at IS NULL"
CLOSED: Final = "SELECT count(*) FROM actions.closed_hours"
SAID: Final = "BEFORE UPDATE ON groundswell.outbox"
LOOKED_AT: Final = "SELECT as_of > now() - interval '3 minutes' FROM groundswell.recalculations"
BEHIND: Final = "UPDATE groundswell.recalculations SET as_of = as_of - interval '10 minutes'"
WINDOWS: Final = " WHERE table_name = 'ripple_trends'"


def execute(place: Place, statement: str) -> int:
    with psycopg.connect(place.postgres, autocommit=True) as connection:
        return connection.execute(statement.encode()).rowcount


def told(began: datetime) -> str:
    """A past: an action every ten minutes in a few ripples, as lines."""
    events = [
        ActionLogged.new(
            at=began + number * timedelta(minutes=10),
            wave_id=f"w{number % 3}", ripple_id=f"r{number % 4}",
            action_id=f"told {number}", bucket="planning", actor=f"user {number % 5}",
        )
        for number in range(EVENTS)
    ]  # fmt: skip
    return "".join(encode(event).decode() + "\n" for event in events)


@contextmanager
def publishing(place: Place) -> Iterator["subprocess.Popen[str]"]:
    """A past whose lines come through a pipe that is never closed; it ends by a kill."""
    process = place.start("publish", "-", "--historical")
    try:
        assert process.stdin is not None
        process.stdin.write(told(datetime.now(UTC) - 40 * HOUR))
        process.stdin.flush()
        yield process
    finally:
        process.kill()
        process.communicate()


def until_leader_has_looked(place: Place, worker: Supervised) -> None:
    """Twice from windows that are behind: whatever was due before the second time was decided between."""
    for _ in range(2):
        until("the leader leads", lambda: execute(place, BEHIND + WINDOWS) == 1, worker)
        until("the leader goes on", lambda: answer(place.postgres, LOOKED_AT + WINDOWS), worker)


@contextmanager
def gate_closed(place: Place) -> Iterator[None]:
    """Whoever has published something waits before it says so."""
    with psycopg.connect(place.postgres, autocommit=True) as keeper:
        for statement in closing(SAID):
            keeper.execute(statement)
        yield
        keeper.execute(OPENING)


async def oracle_differences(place: Place) -> list[str]:
    log = await read_whole(place.kafka, place.topic, PARTITIONS)
    async with await connect(place.postgres) as connection:
        generation = await find_active(connection, "actions")
        assert generation is not None
        found = await stored(connection, generation, place.topic)
    return differences(found, expected(log, PARTITIONS), log)


def test_a_killed_publisher_and_a_worker_killed_while_it_relays(place: Place, worker: Supervised) -> None:
    """Its hold lapses a minute after the kill. What was relayed and not marked is relayed again."""
    with publishing(place) as publisher:
        worker.until_read(EVENTS)
        until_leader_has_looked(place, worker)
        assert answer(place.postgres, DECIDED) == 0
        publisher.kill()
        publisher.wait()
    until_leader_has_looked(place, worker)
    assert (answer(place.postgres, DECIDED), answer(place.postgres, HELD)) == (0, 1)

    with gate_closed(place):
        execute(place, LAPSED)
        until("the relay waits at the gate", lambda: answer(place.postgres, AT_GATE) >= 1, worker)
        ends = asyncio.run(end_offsets(place.kafka, place.topic, PARTITIONS))
        relayed = sum(ends.values()) - EVENTS
        assert relayed > 0, "it has published what it does not say yet"
        worker.child().kill()

    until("its hold is forgotten", lambda: answer(place.postgres, HELD) == 0, worker)
    until("all is relayed", lambda: answer(place.postgres, UNPUBLISHED) == 0, worker)
    hours = answer(place.postgres, DECIDED)
    assert hours >= 28
    until("all is folded", lambda: folded(place.postgres).read >= EVENTS + hours + relayed, worker)
    assert folded(place.postgres).duplicates >= relayed
    assert folded(place.postgres).dead == 0
    assert answer(place.postgres, CLOSED) == hours
    assert not (lines := asyncio.run(oracle_differences(place))), report(lines)
