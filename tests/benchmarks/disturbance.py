"""Puts repeated and broken records among the events, few but known: what folds must also cope with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.log_writer import Record

REPEAT_EVERY: Final = 1_000
"""After so many events one that came this long ago comes again."""
BREAK_EVERY: Final = 10_000
"""After so many events a record comes that is no event."""
BROKEN_VALUE: Final = b'{"id": broken'


@dataclass(slots=True)
class Outcome:
    """What must have become of the records: together all that were read."""

    applied: int = 0
    duplicates: int = 0
    dead: int = 0

    @property
    def read(self) -> int:
        return self.applied + self.duplicates + self.dead


def repeated(events: int) -> range:
    """The places, from 0, of those of so many events that `disturbed` gives twice."""
    return range(REPEAT_EVERY - 1, (events // REPEAT_EVERY - 1) * REPEAT_EVERY, REPEAT_EVERY)


def disturbed(records: Iterable[Record], outcome: Outcome) -> Iterator[Record]:
    """All records, with those between them; ``outcome`` counts what was given so far."""
    remembered: Record | None = None
    for record in records:
        yield record
        outcome.applied += 1
        if outcome.applied % REPEAT_EVERY == 0:
            if remembered is not None:
                yield remembered
                outcome.duplicates += 1
            remembered = record
        if outcome.applied % BREAK_EVERY == 0:
            yield record[0], BROKEN_VALUE
            outcome.dead += 1
