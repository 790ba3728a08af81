"""What the tables of system 1 must hold after a log, told from the raw records alone.

It shares no code with the engine: it reads the JSON itself, checks it by the specification's rules, and
looks at the whole log at once where the engine goes record by record. Four modules, one pass each:
`oracle_reading` (a record by itself), `oracle_verdicts` (in the order of the log), `oracle_facts` (what is
true at the end) and `oracle_views` (the rows). Beside them `oracle_heat` and `oracle_windows` say what the
views of now must hold as of a moment, and `oracle_closing` what the hours close with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation import oracle_views as views
from tests.simulation import oracle_windows as windows
from tests.simulation.oracle_closing import trending_scores
from tests.simulation.oracle_envelope import COPY_HEADER, LogRecord
from tests.simulation.oracle_facts import Facts, Row, final_facts
from tests.simulation.oracle_heat import HALF_LIFE, hour_of
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS, DeadRecord, PartitionCounts
from tests.simulation.oracle_verdicts import judge

__all__ = ["COPY_HEADER", "DeadRecord", "Expected", "LogRecord", "PartitionCounts", "Row", "expected"]


@dataclass(frozen=True, slots=True)
class Expected:
    """The rows of each view by its name, the counts of each partition, the dead records in log order.

    `facts` are what the rows come from, for whoever asks as of a moment.
    """

    views: dict[str, list[Row]]
    counts: dict[int, PartitionCounts]
    dead: list[DeadRecord]
    facts: Facts

    def row(self, view: str, **key: object) -> Row | None:
        """The first row of the view with these values, or None."""
        for row in self.views[view]:
            if all(row[column] == value for column, value in key.items()):
                return row
        return None

    def views_of_now(self, minute: datetime, half_life: timedelta = HALF_LIFE) -> dict[str, list[Row]]:
        """The views and columns (now) as of a whole minute, calculations as of its hour."""
        hour = hour_of(minute)
        return {
            "ripple_counters": windows.live_counters(self.facts, minute, half_life),
            "impact_calculations": windows.impact_calculations(self.facts, hour),
            "impact_indexes": windows.impact_indexes(self.facts, hour),
        }


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
            "trending_scores": trending_scores(verdicts.applied, facts.gone),
        },
        counts=verdicts.counts,
        dead=verdicts.dead,
        facts=facts,
    )
