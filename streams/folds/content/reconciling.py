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
from projections.content.read_model import DECISIONS, READ_MODEL
from projections.postgres.reconciliation import Drift, Reconciliation
from projections.recomputation import Difference, Recomputed
from streams.decision_packing import packed
from streams.decisions import DecisionPlace, Row, ScheduledDecision

DAYS: Final = 7
"""Videos changed in so many days are reconciled every night."""
NIGHTLY: Final = timedelta(days=1)
NIGHTLY_AT: Final = timedelta(hours=3)
"""After midnight in UTC."""
NOTHING: Final = "nothing"
"""In the place of a value: it was null, or there was no row."""


def reconciling(days: int) -> ScheduledDecision:
    """The reconciliation of the videos changed in so many days before its nominal time."""

    async def work(
        connection: AsyncConnection[Any], place: DecisionPlace, nominal_time: datetime
    ) -> Sequence[Row]:
        since = nominal_time - timedelta(days=days)
        run = Reconciliation(
            place.generation, READ_MODEL, place.topic, place.partitions, since, DRIFT_DETAILS_MAX
        )
        return [{"days": days, "drift": await run.run(connection)}]

    return ScheduledDecision(
        name="reconciled",
        period=NIGHTLY,
        offset=NIGHTLY_AT,
        due=DECISIONS / "reconciliation_due.sql",
        rows=work,
        events=reports,
    )


def nightly() -> ScheduledDecision:
    """At 03:00 UTC. A night that was missed is not made up: the next one finds the same drift."""
    return reconciling(DAYS)


def reports(nominal_time: datetime, rows: Sequence[Row]) -> list[Reconciled]:
    """The report on the drift that was found: one event, with as many details as it has room for."""
    (row,) = rows
    drift: Drift = row["drift"]
    details = [detail for found in drift.differences for detail in _details(*found)]
    return [
        Reconciled.new(
            id=decision_id(Reconciled.type_name(), nominal_time, 0),
            at=nominal_time,
            actor_type="system",
            part=0,
            parts=1,
            days=row["days"],
            checked=drift.checked,
            drifted=drift.drifted,
            repaired=drift.repaired,
            details=packed(details, DRIFT_DETAILS_MAX)[0],
        )
    ]


def _details(recomputed: Recomputed, difference: Difference) -> list[DriftDetail]:
    key, was, became = difference
    text = key[0] if len(key) == 1 else json.dumps(key, ensure_ascii=False)
    columns = recomputed.compared
    nothing = [None] * len(columns)
    return [
        DriftDetail(
            table=recomputed.table.name, key=text, column=column, was=_shown(before), became=_shown(after)
        )
        for column, before, after in zip(columns, was or nothing, became or nothing, strict=True)
        if before != after
    ]


def _shown(value: str | None) -> str:
    return NOTHING if value is None else value[:DRIFT_VALUE_CHARACTERS_MAX]
