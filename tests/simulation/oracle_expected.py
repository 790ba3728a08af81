"""What an oracle says of a log, and how a system's is made of its facts and its views."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_event import ToldEvent
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_judging import (
    DUPLICATE_WINDOW_RECORDS,
    DeadRecord,
    PartitionCounts,
    Rules,
    judged,
)

F = TypeVar("F", bound=Rules[ToldEvent])


@dataclass(frozen=True, slots=True)
class Expected(Generic[F]):
    """The rows of each view by its name, the counts of each partition, the dead records in log order."""

    views: dict[str, list[Row]]
    counts: dict[int, PartitionCounts]
    dead: list[DeadRecord]
    facts: F

    def row(self, view: str, **key: object) -> Row | None:
        """The first row of the view with these values, or None."""
        for row in self.views[view]:
            if all(row[column] == value for column, value in key.items()):
                return row
        return None


@dataclass(frozen=True, slots=True)
class Oracle(Generic[F]):
    """A system's oracle: what is told in the order of the log, and the views of what stands at the end."""

    facts: Callable[[], F]
    views: Mapping[str, Callable[[F], list[Row]]]

    def __call__(
        self,
        records: Iterable[LogRecord],
        partitions: int,
        *,
        duplicate_window: int = DUPLICATE_WINDOW_RECORDS,
    ) -> Expected[F]:
        """What must be there after these records of the system's topic.

        They come in the order of offsets within each partition, else ValueError. The window is in offsets.
        """
        facts = self.facts()
        verdicts = judged(records, partitions, duplicate_window, facts)
        rows = {name: view(facts) for name, view in self.views.items()}
        return Expected(rows, verdicts.counts, verdicts.dead, facts)
