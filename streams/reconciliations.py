"""Reconciliation: what follows from other rows is computed anew, by night and by command; drift is repaired.

A system declares what is recomputed in its read model, and its own type of the report.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from psycopg import AsyncConnection

from events.reconciled_days import DAYS_USUAL
from events.reconciliation import DRIFT_DETAILS_MAX, DRIFT_VALUE_CHARACTERS_MAX, ReconciliationReport
from events.reconciliation import Drift as DriftDetail
from projections.postgres.reconciliation import Drift
from projections.postgres.reconciliation import Reconciliation as Run
from projections.postgres.repairs import Repairs, take_repairs
from projections.read_model import ReadModel
from projections.recomputation import Difference
from projections.reconciliations import DUE, ReconciledDifference, Reconciliation
from projections.tables import StateTable
from streams.decision_packing import in_parts, packed
from streams.decision_parts import refuse_forged
from streams.decisions import DecisionPlace, Reported, Row, ScheduledDecision
from streams.folding import Change, Duplicate, States, put
from streams.rule import Reads, Rule

NIGHTLY: Final = timedelta(days=1)
NIGHTLY_AT: Final = timedelta(hours=3)
"""After midnight in UTC."""
NOTHING: Final = "nothing"
"""In the place of a value: it was null, or there was no row."""

Reconciling: TypeAlias = Callable[[int], ScheduledDecision]


def reconciliation(model: ReadModel, report: type[ReconciliationReport]) -> Reconciling:
    """The reconciliation at its nominal time, of so many days: of the columns of rows changed in so many
    days before it, and of all that follows from rows. A night that was missed is not made up: the next one
    finds the same drift."""

    def reconciling(days: int) -> ScheduledDecision:
        async def work(connection: AsyncConnection[Any], place: DecisionPlace, nominal_time: datetime) -> Row:
            since = nominal_time - timedelta(days=days)
            run = Run(place.generation, model, place.topic, place.partitions, since, DRIFT_DETAILS_MAX)
            return {"days": days, "drift": await run.run(connection)}

        return ScheduledDecision(
            name="reconciled",
            period=NIGHTLY,
            offset=NIGHTLY_AT,
            due=DUE,
            rows=Reported(work, _told),
            events=lambda nominal_time, rows: in_parts(report, nominal_time, [_report(rows)]),
            arguments={"system": model.system, "days": days},
        )

    return reconciling


def nightly(reconciling: Reconciling) -> ScheduledDecision:
    """At 03:00 UTC, of the usual number of days."""
    return reconciling(DAYS_USUAL)


async def _told(connection: AsyncConnection[Any], place: DecisionPlace, worked_out: Row) -> list[Row]:
    repairs = await take_repairs(connection, place.generation.system, DRIFT_DETAILS_MAX)
    return [{**worked_out, "repairs": repairs}]


def _report(rows: Sequence[Row]) -> Row:
    """On the drift that was found, and on repairs of runs that came to no report: one event, with as many
    details as it has room for."""
    (row,) = rows
    drift: Drift = row["drift"]
    repairs: Repairs = row["repairs"]
    details = [_detail(difference) for difference in repairs.differences]
    return {
        "days": row["days"],
        "checked": drift.checked,
        "drifted": drift.drifted + max(0, repairs.rows - drift.repaired),
        "repaired": repairs.rows,
        "details": packed(details, DRIFT_DETAILS_MAX)[0],
    }


def _detail(difference: Difference) -> DriftDetail:
    key = difference.key
    return DriftDetail(
        table=difference.table,
        key=key[0] if len(key) == 1 else json.dumps(key, ensure_ascii=False),
        column=difference.column,
        was=_shown(difference.was),
        became=_shown(difference.became),
    )


def _shown(value: str | None) -> str:
    return NOTHING if value is None else value[:DRIFT_VALUE_CHARACTERS_MAX]


def reconciled_rule(table: StateTable[Reconciliation]) -> Rule:
    """The rule of a system's report: kept in ``table`` as it was written into the log."""

    def reads_reconciled(event: ReconciliationReport, states: States) -> Reads:
        return ((table, (str(event.id),)),)

    def reconciled(event: ReconciliationReport, states: States) -> list[Change]:
        refuse_forged(event)
        run = str(event.id)
        if states.get(table, (run,)) is not None:
            raise Duplicate
        details = tuple(
            ReconciledDifference(drift.table, drift.key, drift.column, drift.was, drift.became)
            for drift in event.details
        )
        row = Reconciliation(run, event.at, event.days, event.checked, event.drifted, event.repaired, details)
        return [put(table, row)]

    return Rule(reads_reconciled, reconciled)
