"""The reports of reconciliations: a table of every system that has any, in each of its generations."""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from projections.tables import StateTable

DUE: Final = Path(__file__).parent / "reconciliation_due.sql"


class ReconciledDifference(msgspec.Struct, frozen=True, gc=False):
    """A number that was not what other rows say."""

    table: str
    key: str
    column: str
    was: str
    became: str


class Reconciliation(msgspec.Struct, frozen=True, gc=False):
    """The report of one run."""

    run: str
    at: datetime
    days: int
    checked: int
    drifted: int
    repaired: int
    details: tuple[ReconciledDifference, ...]


def reconciliations() -> StateTable[Reconciliation]:
    """The table, for one system."""
    return StateTable("reconciliations", Reconciliation, key_width=1, indexes=("at DESC",))
