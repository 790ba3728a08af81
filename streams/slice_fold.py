"""Folds a slice of a batch into a gathering: decode, load, look up duplicates, apply, account."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from events.codec import Codec
from events.instants import AHEAD_OF_APPEND_MAX, ahead_reason, is_too_far_ahead
from events.partitioning import partition_of
from events.refusals import Broken
from events.refusals import Refused as RefusedAtDecoding
from projections.postgres.generations import Generation
from projections.tables import Key
from streams.assignment import OwnedPartition
from streams.batch import Record
from streams.chores import pending
from streams.dead_letters import Cause, dead_letter
from streams.duplicates import packed, packed_offsets
from streams.engine_tables import APPLIED_IDS, DEAD_LETTERS, AppliedIds, ChoreRow
from streams.folding import CACHE_GROUPS, CHORES, WHOLE, Change, Chore, Duplicate, Refused
from streams.gathering import Gathering
from streams.reference import check_copy, copy_header, identity, put_copies
from streams.slice_work import Slice, Work
from streams.state_cache import EPOCH, NotLoaded
from streams.state_loader import StateLoader
from streams.system import StreamSystem
from streams.tallying import Tallying, tallies

LOOK_EACH: Final = 64
"""Events from one look whether the gathering is full to the next: counting its rows takes as long as some."""
UNREADABLE: Final = frozenset({Broken, RefusedAtDecoding})


class SliceFold:
    """The fold of one system for one assignment. ``partitions`` is the number of partitions of its topic."""

    def __init__(
        self, system: StreamSystem, codec: Codec, partitions: int, generation: Generation, loader: StateLoader
    ) -> None:
        self.system = system
        self.fold = system.fold
        self.chores = system.fold.chores
        self._codec = codec
        self._partitions = partitions
        self._generation = generation
        self._loader = loader
        self._plain = not any(model.reference for model in system.events.types)
        self._tallying = Tallying(system.fold, partitions) if self._plain and tallies(system.fold) else None

    async def portion(self, slices: Sequence[Slice], gathering: Gathering) -> Sequence[Slice]:
        """Folds these slices, their states loaded together, and moves the positions in memory. Answers what
        is left of them where the gathering became full."""
        works = [self._work(part, gathering) for part in slices]
        await self._load(works)
        for number, work in enumerate(works):
            if self._tallying is not None:
                self._tallying.take(work)
            while (absent := self._apply(work)) is not None:
                await self._loader.load({absent.table: [absent.key]})
            left = work.cut()
            self._account(work)
            if left is not None:
                return [left, *slices[number + 1 :]]
        return []

    async def _load(self, works: Sequence[Work]) -> None:
        questions = [
            (event, work.owned.states)
            for work in works
            if work.owned.states.reads_anything
            for event in work.events
            if event.__class__ not in UNREADABLE
        ]
        await self._loader.load_for(self.fold.reads, questions)

    async def visit(
        self, owned: OwnedPartition, row: ChoreRow, keys: Sequence[Key], gathering: Gathering
    ) -> None:
        """Folds a page of a chore, at the time of the record that caused it: the answer does not depend on
        when."""
        chore, arguments = self.chores[row.kind], row.arguments
        gathering.visit()
        owned.states.appended_ms = row.caused_ms
        await self._loader.load_for(chore.reads, [(arguments, key, owned.states) for key in keys])
        for key in keys:
            while isinstance(changes := _visited(chore, arguments, key, owned), NotLoaded):
                # Pushed out again while others were loaded.
                await self._loader.load({changes.table: [changes.key]})
            self._put(changes, owned, gathering, cause_offset=-1)

    def _work(self, part: Slice, gathering: Gathering) -> Work:
        owned, records = part.owned, part.records
        events: Sequence[Any] = self._codec.decode_many([record.value for record in records])
        unreadable: list[int] = []
        if not UNREADABLE.isdisjoint(map(type, events)):
            unreadable = [index for index, event in enumerate(events) if event.__class__ in UNREADABLE]
        if self._plain and not unreadable:
            identities = [event.id.int for event in events]
        else:
            identities = [
                0 if event.__class__ in UNREADABLE else identity(event, record)
                for event, record in zip(events, records, strict=True)
            ]
        packed_ids, offsets = packed(identities), [record.offset for record in records]
        known = owned.window.known(packed_ids, offsets)
        repeated = None if len(set(identities)) == len(identities) else dict[int, int]()
        return Work(
            owned,
            gathering,
            records,
            part.end,
            events,
            identities,
            packed_ids,
            offsets,
            known,
            unreadable,
            repeated,
            # Appended in order, so what is not ahead of the first record is not ahead of any.
            EPOCH + timedelta(milliseconds=records[0].timestamp if records else 0) + AHEAD_OF_APPEND_MAX,
            range(len(records)),
        )

    def _apply(self, work: Work) -> NotLoaded | None:  # noqa: C901 - one loop without calls: the hot path
        """Applies what is left; stops early, unchanged, at an event whose states are not all loaded; and
        behind one that makes the gathering full."""
        owned, gathering = work.owned, work.gathering
        states, apply, own_keys = owned.states, self.fold.apply, owned.keys
        certain, left = work.certain, iter(work.left)
        counters, known, repeated = gathering.counters, work.known, work.repeated
        events, records, applied = work.events, work.records, work.applied.append
        settling_max = gathering.rows_max
        for index in left:
            event, record = events[index], records[index]
            states.appended_ms = record.timestamp
            try:
                if event.__class__ in UNREADABLE:
                    self._dead(work, record, event)
                    continue
                key = event.key
                if key not in own_keys or event.reference or record.headers:
                    self._check_place(event, record, owned)
                if event.at > certain:
                    self._check_at(event, record)
                if known[index] or (repeated is not None and work.is_repeated(index)):
                    raise Duplicate
                if event.reference and copy_header(record) is None:
                    put_copies(
                        gathering, self.system.name, owned.topic, range(self._partitions), event, record
                    )
                    changes: Sequence[Change] = ()
                else:
                    changes = apply(event, states)
            except Duplicate:
                work.duplicates += 1
                continue
            except NotLoaded as absent:
                work.left = [index, *left]
                return absent
            except Exception as cause:  # noqa: BLE001 - a fold's fault is its record's alone
                self._dead(work, record, cause)
                continue
            applied(index)
            if repeated is not None:
                repeated[work.identities[index]] = record.offset
            for table, key, column, value in changes:
                if column >= 0:
                    counters[table][key][column] += value
                elif column == WHOLE:
                    self._put_whole(table, key, value, owned, gathering, record.offset)
                else:
                    gathering.count(table, key, column, value)
            if gathering.settling >= settling_max or (index % LOOK_EACH == 0 and gathering.is_full):
                break
        work.left = list(left)
        return None

    def _put(
        self, changes: Sequence[Change], owned: OwnedPartition, gathering: Gathering, cause_offset: int
    ) -> None:
        for table, key, column, value in changes:
            if column == WHOLE:
                self._put_whole(table, key, value, owned, gathering, cause_offset)
            else:
                gathering.count(table, key, column, value)

    def _put_whole(
        self, table: Any, key: Any, value: Any, owned: OwnedPartition, gathering: Gathering, cause_offset: int
    ) -> None:
        """A state's row, or one of the things beside tables that a change can name."""
        if table is CHORES:
            self._start_chore(key, value, owned, gathering, cause_offset)
        elif table is CACHE_GROUPS:
            gathering.refreshed[key] = None
        else:
            cached = owned.states.cache.rows[table]
            if table in gathering.before:
                gathering.change(table, key, cached[key], value)
            gathering.states[table][key] = value
            cached[key] = value

    def _start_chore(
        self,
        kind: str,
        arguments: dict[str, Any],
        owned: OwnedPartition,
        gathering: Gathering,
        cause_offset: int,
    ) -> None:
        assert kind in self.chores, f"{self.system.name} has no chore {kind!r}"
        ordinal = sum(chore.row.cause_offset == cause_offset for chore in owned.chores)
        row = ChoreRow(
            self.system.name, self._generation.number, owned.topic, owned.partition,
            cause_offset, ordinal, owned.states.appended_ms, kind, arguments, None,
        )  # fmt: skip
        owned.chores.append(pending(row, gathering))

    def _check_place(self, event: Any, record: Record, owned: OwnedPartition) -> None:
        """A record lies where its key belongs, a copy where it says."""
        header = copy_header(record)
        if header is not None:
            check_copy(header, event, owned.partition)
            return
        right = partition_of(event.key, self._partitions)
        if right != owned.partition:
            raise Refused(
                "wrong_partition",
                f"key {event.key!r} belongs in partition {right}, the record lies in {owned.partition}:"
                " producers that use librdkafka need partitioner=murmur2_random",
            )
        owned.remember_key(event.key)

    def _check_at(self, event: Any, record: Record) -> None:
        appended_at = EPOCH + timedelta(milliseconds=record.timestamp)
        if is_too_far_ahead(event.at, appended_at):
            raise Refused("at_ahead", f"at {ahead_reason(event.at, appended_at)}")

    def _dead(self, work: Work, record: Record, cause: Cause | Any) -> None:
        owned = work.owned
        row = dead_letter(
            self.system.name, self._generation.number, owned.topic, owned.partition, record, cause
        )
        work.gathering.put(DEAD_LETTERS, row)
        work.gathering.dead_bytes += len(record.value or b"")
        work.dead += 1

    def _account(self, work: Work) -> None:
        """Every record of the slice is applied, a duplicate or dead, and the position stands behind the
        last."""
        owned, records, gathering = work.owned, work.records, work.gathering
        assert len(work.applied) + work.duplicates + work.dead == len(records), (
            "applied + duplicates + dead = read"
        )
        move = owned.move_in(gathering)
        move.applied += len(work.applied)
        move.duplicates += work.duplicates
        move.dead += work.dead
        owned.position = move.next_offset = work.end
        if records:
            last = records[-1]
            move.last_offset, move.last_checksum = last.offset, checksum(last)
            move.last_appended_ms = last.timestamp
            gathering.read(owned.partition, records)
        if work.applied:
            self._remember(work)

    def _remember(self, work: Work) -> None:
        owned, gathering = work.owned, work.gathering
        ids, offsets = work.packed_ids, work.offsets
        if len(work.applied) < len(offsets):
            work.applied.sort()
            ids = packed([work.identities[index] for index in work.applied])
            offsets = [offsets[index] for index in work.applied]
        owned.window.add(ids, offsets)
        row = AppliedIds(
            self.system.name, self._generation.number, owned.topic, owned.partition, offsets[-1],
            ids, packed_offsets(offsets),
        )  # fmt: skip
        gathering.put(APPLIED_IDS, row)


def _visited(
    chore: Chore, arguments: Mapping[str, Any], key: Key, owned: OwnedPartition
) -> Sequence[Change] | NotLoaded:
    try:
        return chore.visit(arguments, key, owned.states)
    except NotLoaded as absent:
        return absent


def checksum(record: Record) -> int:
    """Tells a record from another at the same offset: CRC-32 over its append time, key and value."""
    crc = zlib.crc32(record.timestamp.to_bytes(8, "big", signed=True))
    return zlib.crc32(record.value or b"", zlib.crc32(record.key or b"", crc))
