"""The report of a reconciliation, the same for every system: its module names the type."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.decisions import Decision
from events.fields import Count, TextRule, WholeNumberRule
from events.reconciled_days import DAYS_MAX

DRIFT_DETAILS_MAX = 100
# Longer names PostgreSQL does not have.
TABLE_BYTES_MAX = 63
# Two identifiers of 300 characters, quoted, and what stands between them.
DRIFT_KEY_CHARACTERS_MAX = 1_300
DRIFT_VALUE_CHARACTERS_MAX = 1_000

Days = Annotated[int, WholeNumberRule(at_least=1, at_most=DAYS_MAX)]
TableName = Annotated[
    str, TextRule(characters_min=1, characters_max=TABLE_BYTES_MAX, bytes_max=TABLE_BYTES_MAX)
]
DriftKey = Annotated[str, TextRule(characters_max=DRIFT_KEY_CHARACTERS_MAX)]
DriftValue = Annotated[str, TextRule(characters_max=DRIFT_VALUE_CHARACTERS_MAX)]


class Drift(BaseModel):
    """A value that was not what a recomputation gives."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    table: TableName = Field(description="The table.", examples=["creator_totals"])
    key: DriftKey = Field(description="The row, by its key.", examples=["ada"])
    column: TableName = Field(description="The column.", examples=["views_total"])
    was: DriftValue = Field(description="What stood there, as text.", examples=["99"])
    became: DriftValue = Field(description="What stands there now, as text.", examples=["100"])


class ReconciliationReport(Decision):
    """What follows from other rows was computed anew; what had drifted was repaired."""

    days: Days = Field(
        description="Where a row's own columns were recomputed, those changed in so many days before `at`;"
        " of everything that rows add up to, all.",
        examples=[7],
    )
    checked: Count = Field(description="Rows compared.", examples=[12_000])
    drifted: Count = Field(description="Rows of them that were not as recomputed.", examples=[1])
    repaired: Count = Field(description="Rows put right.", examples=[1])
    details: Annotated[tuple[Drift, ...], Field(max_length=DRIFT_DETAILS_MAX, strict=False)] = Field(
        description="The first of the values that had drifted.",
        examples=[
            [{"table": "creator_totals", "key": "ada", "column": "views_total", "was": "99", "became": "100"}]
        ],
    )
