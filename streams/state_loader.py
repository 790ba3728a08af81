"""Loads the states that a slice needs: one query per table, for the keys that are not in memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.postgres.connection import PatientReader
from projections.postgres.merge import StateMerge
from projections.tables import Key, StateTable
from streams.folding import Fold
from streams.state_cache import NotLoaded, PartitionStates, StateCache

Missing = Mapping[StateTable[Any], Iterable[Key]]


class StateLoader:
    """Fills an assignment's cache."""

    def __init__(
        self, reader: PatientReader, merges: Mapping[StateTable[Any], StateMerge], cache: StateCache
    ) -> None:
        self._reader = reader
        self._merges = merges
        self._cache = cache

    async def load(self, missing: Missing) -> None:
        """Each key is in the cache afterwards: its row, or None."""
        for table, wanted in missing.items():
            keys = sorted(wanted)
            merge = self._merges[table]
            answer = await self._reader.rows("load states", merge.select.encode(), merge.key_arrays(keys))
            found = {table.key_of(row): row for row in map(merge.row_of, answer)}
            rows = self._cache.rows[table]
            for key in keys:
                rows[key] = found.get(key)

    async def load_for_events(self, fold: Fold, events: Sequence[Any], states: PartitionStates) -> None:
        """What ``fold.reads`` names for these events, asked again where an answer depends on what was missing."""
        waiting = events
        while waiting:
            missing: dict[StateTable[Any], set[Key]] = defaultdict(set)
            waiting = [event for event in waiting if self._note_missing(missing, fold.reads, (event, states))]
            await self.load(missing)

    async def load_for_visits(self, chore_reads: Any, arguments: Any, keys: Sequence[Key], states: PartitionStates) -> None:
        """The same for the rows that a chore visits."""
        waiting = keys
        while waiting:
            missing: dict[StateTable[Any], set[Key]] = defaultdict(set)
            waiting = [
                key for key in waiting if self._note_missing(missing, chore_reads, (arguments, key, states))
            ]
            await self.load(missing)

    def _note_missing(self, missing: dict[StateTable[Any], set[Key]], reads: Any, question: tuple[Any, ...]) -> bool:
        """Notes what is not in memory; answers whether there was any."""
        rows = self._cache.rows
        complete = True
        try:
            for table, key in reads(*question):
                if key not in rows[table]:
                    missing[table].add(key)
                    complete = False
        except NotLoaded as absent:
            missing[absent.table].add(absent.key)
            complete = False
        return not complete
