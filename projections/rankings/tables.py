"""Tables of system 4.

Everything about a period has its id in front and belongs to its partition. A ballot is one row: a batch of
moves is judged on it as a whole, and what it adds to its topics is settled once a flush, however often a
student moved them meanwhile.
"""

from pathlib import Path
from typing import Final

from projections.rankings.rows import (
    Assigned,
    AssignmentRun,
    Ballot,
    Period,
    RankingChange,
    Session,
    Student,
    Topic,
    TopicTrend,
    Undo,
)
from projections.reconciliations import reconciliations
from projections.tables import CounterTable, StateTable

FOLDER: Final = Path(__file__).parent

STUDENTS: Final = StateTable("students", Student, key_width=1)

PERIODS: Final = StateTable(
    "periods",
    Period,
    key_width=1,
    # Those whose metrics are to be calculated: few, however many there are.
    indexes=("changes, period_id",),
    indexed_where="changes > calculated_changes",
)

TOPICS: Final = StateTable("topics", Topic, key_width=2)

BALLOTS: Final = StateTable("ballots", Ballot, key_width=2, indexes=("student_id, period_id",))

SESSIONS: Final = StateTable("sessions", Session, key_width=3)

CHANGES: Final = StateTable("changes", RankingChange, key_width=3, kept=False)

UNDOS: Final = StateTable("undos", Undo, key_width=4, kept=False)

TOPIC_TRENDS: Final = StateTable("topic_trends", TopicTrend, key_width=3)

ASSIGNMENT_RUNS: Final = StateTable("assignment_runs", AssignmentRun, key_width=2)

ASSIGNMENTS: Final = StateTable("assignments", Assigned, key_width=3, kept=False)

TOPIC_COUNTS: Final = CounterTable(
    "topic_counts",
    key={"period_id": str, "topic_id": str},
    sums={"students": int, "sum_of_positions": int, "sum_of_squares": int},
)

TOPIC_POSITIONS: Final = CounterTable(
    "topic_positions",
    key={"period_id": str, "topic_id": str, "position": int},
    sums={"students": int},
)

RECONCILIATIONS: Final = reconciliations()
