"""The report of a reconciliation, kept as it was written into the log."""

from typing import Final

from events.content import Reconciled
from projections.content.rows import ReconciledDifference, Reconciliation
from projections.content.tables import RECONCILIATIONS
from streams.decision_parts import refuse_forged
from streams.folding import Change, Duplicate, States, put
from streams.rule import Reads, Rule


def reads_reconciled(event: Reconciled, states: States) -> Reads:
    """The run's report, if it is known."""
    return ((RECONCILIATIONS, (str(event.id),)),)


def reconciled(event: Reconciled, states: States) -> list[Change]:
    """The report stands."""
    refuse_forged(event)
    run = str(event.id)
    if states.get(RECONCILIATIONS, (run,)) is not None:
        raise Duplicate
    details = tuple(
        ReconciledDifference(drift.table, drift.key, drift.column, drift.was, drift.became)
        for drift in event.details
    )
    report = Reconciliation(run, event.at, event.days, event.checked, event.drifted, event.repaired, details)
    return [put(RECONCILIATIONS, report)]


RECONCILED: Final = Rule(reads_reconciled, reconciled)
