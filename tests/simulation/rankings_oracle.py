"""What the views of system 4 must show after a log, told from the raw records alone.

It shares no code with the engine: `rankings_oracle_reading` checks a record by itself,
`rankings_oracle_ballot` and `rankings_oracle_period` tell what became of each ballot and period in the order
of the log, and `rankings_oracle_views` counts what stands at the end.
"""

from typing import Final

from tests.simulation import rankings_oracle_views as views
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.rankings_oracle_facts import Facts

RankingsExpected = Expected[Facts]
rankings_expected: Final = Oracle(
    Facts,
    {
        "students": views.students,
        "periods": views.periods,
        "topics": views.topics,
        "rankings": views.rankings,
        "changes": views.changes,
        "topic_metrics": views.topic_metrics,
        "topic_trends": views.topic_trends,
        "assignment_runs": views.assignment_runs,
        "assignments": views.assignments,
        "reconciliations": views.reconciliations,
    },
)
"""What must be there after these records of `groundswell.rankings`."""
