"""When a worker flushes: at once when there is nothing more to read, later when there is."""

import asyncio
from typing import Final

import pytest

from projections.postgres.flush import FlushWriter
from projections.postgres.generations import Generation
from streams import flusher, gathering
from streams.assignment import BEHIND_RECORDS, Assignment, OwnedPartition
from streams.flusher import Flusher
from streams.state_cache import PartitionStates
from tests.benchmarks.rollups import SYSTEM
from tests.simulation.engine_run import StoredRecord

TOPIC: Final = "rollups"
PARTITION: Final = 0
SOON_SECONDS: Final = 30.0
"""Long enough for any machine, and far less than the test lets gather."""


def assignment(waiting: int) -> Assignment:
    """One partition of which a record is folded, while so many more wait in Kafka."""
    held = Assignment(TOPIC, {PARTITION}, SYSTEM.model.tables)
    states = PartitionStates(PARTITION, held.cache, {})
    owned = OwnedPartition(TOPIC, PARTITION, epoch=1, position=1, states=states, highwater=1 + waiting)
    held.partitions[PARTITION] = owned
    owned.move_in(held.gathering)
    held.gathering.read(PARTITION, [StoredRecord(0, 0, b"v1", b"{}")])
    return held


async def flushes(held: Assignment, seconds: float) -> bool:
    """Whether its next flush begins within so long."""
    writer = FlushWriter(Generation("rollups", 1, "rollups_g1"), SYSTEM.model, ())
    waits = Flusher(held, writer, "no Postgres")._until_worthwhile()
    try:
        await asyncio.wait_for(waits, seconds)
    except TimeoutError:
        return False
    return True


async def test_a_flush_begins_at_once_when_there_is_nothing_more_to_read() -> None:
    assert await flushes(assignment(waiting=0), SOON_SECONDS)


async def test_behind_it_waits_until_more_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flusher, "FLUSHED_SECONDS", 3_600.0)
    assert not await flushes(assignment(waiting=BEHIND_RECORDS), 4 * flusher.CATCH_UP_LOOK_SECONDS)


async def test_behind_it_waits_no_longer_than_folding_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows, from many records: folding waits for the flush, so the flush must not wait for rows."""
    monkeypatch.setattr(flusher, "FLUSHED_SECONDS", 3_600.0)
    monkeypatch.setattr(gathering, "GATHERED_BYTES_MAX", 1)
    assert await flushes(assignment(waiting=BEHIND_RECORDS), SOON_SECONDS)
