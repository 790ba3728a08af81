"""A run of the assignment, kept as it was written into the log; it shows once all its parts are here."""

from typing import Final

from msgspec.structs import replace

from events.rankings import AlgorithmExecuted
from projections.rankings.rows import Assigned, AssignmentRun
from projections.rankings.tables import ASSIGNMENT_RUNS, ASSIGNMENTS, PERIODS
from streams.decision_parts import folded_with
from streams.folding import Change, States, put
from streams.folds.rankings.standing import known_period, period_stands
from streams.rule import Reads, Rule


def reads_executed(event: AlgorithmExecuted, states: States) -> Reads:
    """The period, and what is folded of the run already."""
    return ((PERIODS, (event.period_id,)), (ASSIGNMENT_RUNS, (event.period_id, event.run)))


def executed(event: AlgorithmExecuted, states: States) -> list[Change]:
    """What the students of this part get."""
    key = (event.period_id, event.run)
    known = states.get(ASSIGNMENT_RUNS, key)
    folded, complete = folded_with(event, known)
    period = known_period(states, event.period_id)
    run = known or AssignmentRun(*key, event.algorithm, event.at, event.cost, event.parts)
    run = replace(
        run,
        folded=folded,
        complete=complete,
        students=run.students + len(event.assignments),
        assigned=run.assigned + sum(each.topic_id is not None for each in event.assignments),
    )
    return [
        put(ASSIGNMENT_RUNS, run),
        *(
            put(ASSIGNMENTS, Assigned(*key, each.student_id, each.topic_id, each.position))
            for each in event.assignments
        ),
        *period_stands(period, period),
    ]


ALGORITHM_EXECUTED: Final = Rule(reads_executed, executed)
