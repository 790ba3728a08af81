"""System 4: students rank topics. `RULES` tells where an event's rule lives."""

from collections.abc import Mapping
from typing import Final

from events.rankings import SYSTEM as EVENTS
from events.rankings import Reconciled
from projections.rankings.read_model import READ_MODEL
from projections.rankings.tables import RECONCILIATIONS
from streams.folds.rankings.ballots import RANKINGS_UPDATED
from streams.folds.rankings.calculating import METRICS_CALCULATED, METRICS_CALCULATION
from streams.folds.rankings.executing import ALGORITHM_EXECUTED
from streams.folds.rankings.periods import PERIOD_CLOSED, PERIOD_OPENED, STUDENT_REGISTERED
from streams.folds.rankings.settling import SETTLES, WEIGHTS
from streams.folds.rankings.topics import TOPIC_CHANGED, TOPIC_CREATED, TOPIC_REMOVED
from streams.folds.rankings.undoing import RANKINGS_UNDONE
from streams.reconciliations import nightly, reconciled_rule, reconciliation
from streams.rule import Rule, RuleFold
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "rankings.student_registered": STUDENT_REGISTERED,
    "rankings.period_opened": PERIOD_OPENED,
    "rankings.period_closed": PERIOD_CLOSED,
    "rankings.topic_created": TOPIC_CREATED,
    "rankings.topic_changed": TOPIC_CHANGED,
    "rankings.topic_removed": TOPIC_REMOVED,
    "rankings.rankings_updated": RANKINGS_UPDATED,
    "rankings.rankings_undone": RANKINGS_UNDONE,
    "rankings.metrics_calculated": METRICS_CALCULATED,
    "rankings.algorithm_executed": ALGORITHM_EXECUTED,
    "rankings.reconciled": reconciled_rule(RECONCILIATIONS),
}

RECONCILING: Final = reconciliation(READ_MODEL, Reconciled)

SYSTEM: Final = StreamSystem(
    EVENTS,
    RuleFold(RULES, version=1, settles=SETTLES, weights=WEIGHTS),
    READ_MODEL,
    decisions=(METRICS_CALCULATION, nightly(RECONCILING)),
    reconciliation=RECONCILING,
)
