"""Folding many records at once gives what folding them one by one gives, whatever lies among them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from events.catalogue import Catalogue
from events.codec import Codec
from events.partitioning import partition_of
from projections.postgres.connection import PatientReader
from projections.postgres.generations import Generation
from streams.assignment import Assignment, OwnedPartition
from streams.folding import Change, Fold, States, Tally
from streams.gathering import Gathering
from streams.slice_fold import SliceFold
from streams.slice_work import Slice
from streams.state_cache import PartitionStates
from streams.state_loader import StateLoader
from streams.system import StreamSystem
from tests.benchmarks.rollups import SYSTEM, RollupsFold

PARTITIONS = 4
PARTITION = 1
APPENDED = datetime(2026, 11, 20, 12, tzinfo=UTC)
APPENDED_MS = int(APPENDED.timestamp() * 1000)
SLICE_RECORDS = 60
SLICES = 12
VIDEOS = [f"v{number}" for number in range(40)]
OURS = [video for video in VIDEOS if partition_of(video, PARTITIONS) == PARTITION]
OTHERS = [video for video in VIDEOS if video not in OURS]


@dataclass
class StoredRecord:
    """A record as a fetch brings it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Picky(RollupsFold):
    """Fails at some events, and at all of them together where one of those is among them."""

    def tally(self, events: Sequence[Any]) -> tuple[Tally, ...]:
        if any(event.actor == "u0" for event in events):
            raise ZeroDivisionError
        return super().tally(events)

    def apply(self, event: Any, states: States) -> tuple[Change, ...]:
        if event.actor == "u0":
            raise ZeroDivisionError
        return super().apply(event, states)


class Partition:
    """One partition in the hands of a fold."""

    def __init__(self, fold: RollupsFold) -> None:
        system: StreamSystem = replace(SYSTEM, fold=fold)
        self.assignment = Assignment("rollups", {PARTITION}, system.model.tables)
        states = PartitionStates(PARTITION, self.assignment.cache, {})
        self.owned = OwnedPartition("rollups", PARTITION, 1, 0, states)
        self.assignment.partitions[PARTITION] = self.owned
        self.fold = SliceFold(
            system,
            Codec(Catalogue([system.events]), "rollups"),
            PARTITIONS,
            Generation("rollups", 1, "rollups_g1"),
            StateLoader(PatientReader("there are no states to load"), {}, self.assignment.cache),
        )

    def take(self, records: Sequence[StoredRecord]) -> None:
        """Folds the records as one slice."""
        part = Slice(self.owned, records, records[-1].offset + 1)
        asyncio.run(self.fold.portion([part], self.assignment.gathering))

    @property
    def gathered(self) -> tuple[Any, ...]:
        """Everything that a flush would write."""
        gathering: Gathering = self.assignment.gathering
        counters = {table.name: dict(rows) for table, rows in gathering.counters.items()}
        states = {table.name: dict(rows) for table, rows in gathering.states.items()}
        return counters, states, gathering.moves, gathering.records, self.owned.position


def record(random: Random, offset: int, seen: list[StoredRecord]) -> StoredRecord:
    """Mostly an event; now and then whatever a log may hold instead."""
    odd = random.random()
    if odd < 0.02:
        return StoredRecord(offset, APPENDED_MS, b"v1", b'{"id": broken')
    if odd < 0.04 and seen:
        return replace(random.choice(seen), offset=offset)
    video = random.choice(OTHERS if odd < 0.06 else OURS)
    at = APPENDED + timedelta(hours=2) if odd < 0.08 else APPENDED - timedelta(hours=random.randrange(3))
    kind = random.choice(("comment", "share", "like", "view", "save"))
    headers = (("groundswell-copy", b"2"),) if 0.08 <= odd < 0.1 else ()
    value = (
        f'{{"id":"{UUID(int=random.getrandbits(128), version=4)}","type":"rollups.{kind}","v":1,'
        f'"at":"{at:%Y-%m-%dT%H:%M:%SZ}","actor":"u{random.randrange(20)}","video_id":"{video}",'
        f'"creator_id":"c{random.randrange(5)}"}}'
    )
    made = StoredRecord(offset, APPENDED_MS, video.encode(), value.encode(), headers)
    seen.append(made)
    return made


@pytest.mark.parametrize("fold", [RollupsFold, Picky])
@pytest.mark.parametrize("seed", range(20))
def test_at_once_gives_what_one_by_one_gives(seed: int, fold: type[RollupsFold]) -> None:
    random = Random(seed)
    at_once = Partition(fold())
    single = Partition(type("Single", (fold,), {"tally": Fold.tally})())
    seen: list[StoredRecord] = []
    offset = 0
    for _ in range(SLICES):
        records = []
        for _ in range(random.randrange(1, SLICE_RECORDS)):
            offset += random.randrange(1, 3)
            records.append(record(random, offset, seen))
        at_once.take(records)
        single.take(records)
        assert at_once.gathered == single.gathered, f"seed {seed}"
    move = at_once.assignment.gathering.moves[PARTITION]
    assert min(move.applied, move.duplicates, move.dead) > 0, "the stream holds some of each"


def test_a_slice_of_events_is_never_applied_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        pytest.fail("applied one by one")

    monkeypatch.setattr(RollupsFold, "apply", refuse)
    random = Random(1)
    made: list[StoredRecord] = []
    for offset in range(SLICE_RECORDS * SLICES):
        record(random, offset, made)
    ours = [one for one in made if (one.key or b"").decode() in OURS and not one.headers]
    plain = [one for one in ours if b'"at":"2026-11-20T14' not in (one.value or b"")]
    partition = Partition(RollupsFold())
    partition.take(plain)
    assert partition.assignment.gathering.moves[PARTITION].applied == len(plain) > SLICE_RECORDS
