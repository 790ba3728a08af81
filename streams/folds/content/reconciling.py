"""Reconciliation: what videos add up to is computed anew, by night and by command; drift is repaired."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import AsyncConnection

from events.content import Reconciled
from events.content_decisions import DRIFT_DETAILS_MAX, DRIFT_VALUE_CHARACTERS_MAX
from events.content_decisions import Drift as DriftDetail
from events.decisions import decision_id
from events.reconciled_days import DAYS_USUAL
from projections.content.read_model import DECISIONS, READ_MODEL
from projections.postgres.reconciliation import Drift, Reconciliation
from projections.postgres.repairs import Repairs, take_repairs
from projections.recomputation import Difference
from streams.decision_packing import packed
from streams.decisions import DecisionPlace, Reported, Row, ScheduledDecision

NIGHTLY: Final = timedelta(days=1)
NIGHTLY_AT: Final = timedelta(hours=3)
"""After midnight in UTC."""
NOTHING: Final = "nothing"
"""In the place of a value: it was null, or there was no row."""


def reconciling(days: int) -> ScheduledDecision:
    """The reconciliation at its nominal time, of the scores of videos changed in so many days before it, and
    of all that follows from videos."""

    async def work(connection: AsyncConnection[Any], place: DecisionPlace, nominal_time: datetime) -> Row:
        since = nominal_time - timedelta(days=days)
        run = Reconciliation(
            place.generation, READ_MODEL, place.topic, place.partitions, since, DRIFT_DETAILS_MAX
        )
        return {"days": days, "drift": await run.run(connection)}

    return ScheduledDecision(
        name="reconciled",
        period=NIGHTLY,
        offset=NIGHTLY_AT,
        due=DECISIONS / "reconciliation_due.sql",
        rows=Reported(work, _told),
        events=reports,
        arguments={"days": days},
    )


async def _told(connection: AsyncConnection[Any], place: DecisionPlace, worked_out: Row) -> list[Row]:
    repairs = await take_repairs(connection, place.generation.system, DRIFT_DETAILS_MAX)
    return [{**worked_out, "repairs": repairs}]


def nightly() -> ScheduledDecision:
    """At 03:00 UTC. A night that was missed is not made up: the next one finds the same drift."""
    return reconciling(DAYS_USUAL)


def reports(nominal_time: datetime, rows: Sequence[Row]) -> list[Reconciled]:
    """The report on the drift that was found, and on repairs of runs that came to no report: one event, with
    as many details as it has room for."""
    (row,) = rows
    drift: Drift = row["drift"]
    repairs: Repairs = row["repairs"]
    details = [_detail(difference) for difference in repairs.differences]
    return [
        Reconciled.new(
            id=decision_id(Reconciled.type_name(), nominal_time, 0),
            at=nominal_time,
            actor_type="system",
            part=0,
            parts=1,
            days=row["days"],
            checked=drift.checked,
            drifted=drift.drifted + max(0, repairs.rows - drift.repaired),
            repaired=repairs.rows,
            details=packed(details, DRIFT_DETAILS_MAX)[0],
        )
    ]


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
