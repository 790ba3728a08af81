"""One assignment: everything a worker holds between two rebalances, dropped as a whole with the next one."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from events.settings import CACHED_ROWS_DEFAULT
from projections.postgres.flush import PositionMove
from projections.postgres.positions import Position
from projections.tables import StateTable, Table, gathered
from streams.chores import PendingChore
from streams.duplicates import DuplicateWindow
from streams.engine_tables import ENGINE_TABLES
from streams.folding import Fold
from streams.gathering import Gathering
from streams.pace import GATHERED_ROWS_MAX, LIVE, Pace
from streams.retention import forget_old
from streams.state_cache import PartitionStates, StateCache

if TYPE_CHECKING:
    from streams.slice_fold import SliceFold

BEHIND_RECORDS: Final = 10_000
"""A worker with this much read-ahead gathers large, cheap flushes; below it, it flushes as soon as it can."""

FROZEN_MAX: Final = 2
"""Flushes on their way at the same time: making one ready takes this process as long as Postgres takes for
the one before."""
KEYS_REMEMBERED_MAX: Final = 50_000
"""Keys remembered per partition: about 5 MB."""


@dataclass
class OwnedPartition:
    """A partition in the hands of this worker. ``position`` is the next offset to fold, in memory."""

    topic: str
    partition: int
    epoch: int
    position: int
    states: PartitionStates
    highwater: int = 0
    committed: int = 0
    flushes: int = 0
    window: DuplicateWindow = field(default_factory=DuplicateWindow)
    chores: list[PendingChore] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """Keys that are known to belong here: murmur2 of a key is computed once."""
    cautious_until: int = 0
    cautious_records: int = 0

    def move_in(self, gathering: Gathering) -> PositionMove:
        """This partition's entry of the gathering."""
        move = gathering.moves.get(self.partition)
        if move is None:
            move = PositionMove(self.topic, self.partition, self.epoch, self.position, self.position)
            gathering.moves[self.partition] = move
        return move

    def records_max(self, usual: int) -> int:
        """How many records may be folded together now."""
        return min(usual, self.cautious_records) if self.is_cautious else usual

    def remember_key(self, key: str) -> None:
        """This key belongs here."""
        if len(self.keys) >= KEYS_REMEMBERED_MAX:
            self.keys.clear()
        self.keys.add(key)

    @property
    def has_chore(self) -> bool:
        """Whether a chore waits whose rows are all committed."""
        return bool(self.chores) and self.chores[0].committed_with is None

    @property
    def is_cautious(self) -> bool:
        """Whether a record that Postgres refuses lies close ahead: flushes are kept small until it is
        found."""
        return self.position < self.cautious_until


class Assignment:
    """The partitions of one Kafka generation of the consumer group.

    It is made at once, in memory, when Kafka assigns; positions arrive later, when Postgres answers. Only
    then ``is_ready`` and batches are fetched.
    """

    def __init__(
        self,
        topic: str,
        partitions: set[int],
        tables: Iterable[Table],
        pace: Pace = LIVE,
        fold: Fold | None = None,
        cached_rows: int = CACHED_ROWS_DEFAULT,
    ) -> None:
        self.topic = topic
        self.requested = partitions
        self.partitions: dict[int, OwnedPartition] = {}
        self.settles = {} if fold is None else fold.settles
        weights = {} if fold is None else fold.weights
        self._settled = {table: weights.get(table) for table in self.settles}
        self.tables = gathered(tables)
        self.pace = pace
        self.gathered_rows_max = GATHERED_ROWS_MAX
        loaded = [table for table in self.tables if isinstance(table, StateTable) and not table.follows]
        self.cache = StateCache(loaded, cached_rows)
        self.gathering = self._new_gathering()
        self.frozen: list[Gathering] = []
        """What is on its way into Postgres: one that is written, and one that is made ready meanwhile."""
        self.folding = asyncio.Lock()
        self.changed = asyncio.Condition()
        self.ready = asyncio.Event()
        self.sought: set[int] = set()
        self.taken_over_from: dict[int, Position] = {}
        self.topic_partitions = 0
        self.fold: SliceFold | None = None
        self.revoked = asyncio.Event()
        self.forgets_before: datetime | None = None
        """In a replay: as of when rows are old enough not to be written at all."""

    @property
    def is_clean(self) -> bool:
        """Whether everything that is folded is committed."""
        return not self.frozen and self.gathering.is_empty and not self.folding.locked()

    @property
    def is_behind(self) -> bool:
        """Whether much more can be read at once."""
        waiting = sum(owned.highwater - owned.position for owned in self.partitions.values())
        return waiting >= BEHIND_RECORDS

    @property
    def is_cautious(self) -> bool:
        """Whether any partition is: then each portion is committed before the next is folded."""
        return any(owned.is_cautious for owned in self.partitions.values())

    async def notify(self) -> None:
        """Something that somebody may wait for has changed."""
        async with self.changed:
            self.changed.notify_all()

    async def until_room(self) -> None:
        """Waits while the gathering is full."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.revoked.is_set() or not self.gathering.is_full)

    async def until_committed(self) -> None:
        """Waits until everything that is folded now is committed."""
        gathering = self.gathering
        async with self.changed:
            await self.changed.wait_for(
                lambda: (
                    self.revoked.is_set()
                    or (gathering is not self.gathering and gathering not in self.frozen)
                )
            )

    def freeze(self) -> Gathering:
        """What was gathered becomes a flush; gathering starts anew."""
        assert len(self.frozen) < FROZEN_MAX, f"at most {FROZEN_MAX} flushes are frozen"
        frozen, self.gathering = self.gathering, self._new_gathering()
        for move in frozen.moves.values():
            before = sum(move.partition in other.moves for other in self.frozen)
            move.flushes = self.partitions[move.partition].flushes + before
        self.frozen.append(frozen)
        if self.forgets_before is not None:
            forget_old(frozen, self.forgets_before)
        return frozen

    def committed(self, frozen: Gathering) -> None:
        """The flush of what was frozen first is committed."""
        assert self.frozen[0] is frozen, "flushes are committed in the order in which they were frozen"
        self.frozen.pop(0)
        for move in frozen.moves.values():
            owned = self.partitions[move.partition]
            owned.committed, owned.flushes = move.next_offset, move.flushes + 1
        for owned in self.partitions.values():
            for chore in owned.chores:
                if chore.committed_with is frozen:
                    chore.committed_with = None
        self.cache.evict([self.gathering.states, *(other.states for other in self.frozen)])

    def _new_gathering(self) -> Gathering:
        return Gathering((*self.tables, *ENGINE_TABLES), self.gathered_rows_max, self._settled)
