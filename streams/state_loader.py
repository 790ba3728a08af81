"""Loads the states that a portion needs: one query per table, all in one round trip, for keys not in
memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from projections.postgres.connection import PatientReader
from projections.postgres.merge import StateMerge
from projections.tables import Key, StateTable
from streams.state_cache import NotLoaded, StateCache

Missing = Mapping[StateTable[Any], Iterable[Key]]
Reads = Callable[..., Iterable[tuple[StateTable[Any], Key]]]


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
        wanted = {table: sorted(keys) for table, keys in missing.items()}
        answers = await self._reader.answers(
            "load states",
            [
                (self._merges[table].select.encode(), self._merges[table].key_arrays(keys))
                for table, keys in wanted.items()
            ],
        )
        for (table, keys), answer in zip(wanted.items(), answers, strict=True):
            found = {table.key_of(row): row for row in map(self._merges[table].row_of, answer)}
            rows = self._cache.rows[table]
            for key in keys:
                rows[key] = found.get(key)

    async def load_for(self, reads: Reads, questions: Sequence[tuple[Any, ...]]) -> None:
        """What ``reads`` answers to these questions, asked again where an answer depends on what was
        missing."""
        waiting = questions
        while waiting:
            missing: dict[StateTable[Any], set[Key]] = defaultdict(set)
            waiting = [question for question in waiting if self._note_missing(missing, reads, question)]
            if missing:
                await self.load(missing)

    def _note_missing(
        self, missing: dict[StateTable[Any], set[Key]], reads: Reads, question: tuple[Any, ...]
    ) -> bool:
        """Notes what is not in memory; answers whether there was any."""
        rows = self._cache.rows
        is_complete = True
        try:
            for table, key in reads(*question):
                if key not in rows[table]:
                    missing[table].add(key)
                    is_complete = False
        except NotLoaded as absent:
            missing[absent.table].add(absent.key)
            is_complete = False
        return not is_complete
