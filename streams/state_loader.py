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
Question = tuple[Any, ...]
Waiting = tuple[Question, list[Question]]
"""A question, and those that wait for it."""


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
            # Under the row's own key: the asker's would be the same text once more.
            found = {table.key_of(row): row for row in map(self._merges[table].row_of, answer)}
            rows = self._cache.rows[table]
            rows.update(found)
            rows.update(dict.fromkeys(key for key in keys if key not in found))

    async def load_for(self, reads: Reads, questions: Sequence[tuple[Any, ...]]) -> None:
        """What ``reads`` answers to these questions, asked again where an answer depends on what was
        missing. Questions that miss the same single row wait behind the first one until that is answered:
        what one of a thousand leads to, level by level, is gone through once."""
        waiting: list[Waiting] = [(question, []) for question in questions]
        while waiting:
            missing: dict[StateTable[Any], set[Key]] = defaultdict(set)
            waiting = self._still_waiting(waiting, missing, reads)
            if missing:
                await self.load(missing)

    def _still_waiting(
        self, waiting: Sequence[Waiting], missing: dict[StateTable[Any], set[Key]], reads: Reads
    ) -> list[Waiting]:
        """Those that miss anything, which is noted; and those that waited behind what is answered now."""
        left: list[Waiting] = []
        first: dict[tuple[StateTable[Any], Key], list[Question]] = {}
        for question, behind in waiting:
            absent = self._absent(reads, question)
            if not absent:
                left += [(other, []) for other in behind]
                continue
            if len(absent) == 1:
                ahead = first.setdefault(absent[0], behind)
                if ahead is not behind:
                    ahead += [question, *behind]
                    continue
            left.append((question, behind))
            for table, key in absent:
                missing[table].add(key)
        return left

    def _absent(self, reads: Reads, question: Question) -> list[tuple[StateTable[Any], Key]]:
        """What the question reads and is not in memory."""
        rows = self._cache.rows
        absent = []
        try:
            for table, key in reads(*question):
                if key not in rows[table]:
                    absent.append((table, key))
        except NotLoaded as one:
            absent.append((one.table, one.key))
        return absent
