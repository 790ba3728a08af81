"""What the tables of system 1 must hold after a log, told from the raw records alone.

It shares no code with the engine: it reads the JSON itself, checks it by the specification's rules, and
looks at the whole log at once where the engine goes record by record. Four modules, one pass each:
`oracle_reading` (a record by itself), `oracle_verdicts` (in the order of the log), `oracle_facts` (what is
true at the end) and `oracle_views` (the rows).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulation import oracle_views as views
from tests.simulation.oracle_facts import Row, final_facts
from tests.simulation.oracle_reading import COPY_HEADER, LogRecord
from tests.simulation.oracle_verdicts import DUPLICATE_WINDOW_RECORDS, DeadRecord, PartitionCounts, judge

__all__ = ["COPY_HEADER", "DeadRecord", "Expected", "LogRecord", "PartitionCounts", "Row", "expected"]


@dataclass(frozen=True, slots=True)
class Expected:
    """The rows of each view by its name, the counts of each partition, the dead records in log order."""

    views: dict[str, list[Row]]
    counts: dict[int, PartitionCounts]
    dead: list[DeadRecord]

    def row(self, view: str, **key: object) -> Row | None:
        """The first row of the view with these values, or None."""
        for row in self.views[view]:
            if all(row[column] == value for column, value in key.items()):
                return row
        return None


def expected(
    records: Iterable[LogRecord], partitions: int, *, duplicate_window: int = DUPLICATE_WINDOW_RECORDS
) -> Expected:
    """What must be there after these records of `groundswell.actions`.

    They come in the order of offsets within each partition, else ValueError. The window is in offsets.
    """
    verdicts = judge(records, partitions, duplicate_window)
    facts = final_facts(verdicts.applied, partitions)
    return Expected(
        views={
            "waves": views.waves(facts),
            "ripple_counters": views.ripple_counters(facts),
            "action_log": views.action_log(facts),
            "user_waves": views.user_waves(facts),
            "user_impact_summaries": views.user_impact_summaries(facts),
            "bucket_weights": views.bucket_weights(verdicts.applied),
            "activity": views.activity(facts),
        },
        counts=verdicts.counts,
        dead=verdicts.dead,
    )
