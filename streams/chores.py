"""Chores: large work that an event starts, done in pages, each committed with its partition's position.

Deleting a wave with a million actions must not hold a transaction for a minute. The event's own flush writes
a chore row; once that is committed, pages of committed rows are visited one at a time between the batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg import sql

from projections.postgres.connection import PatientReader
from streams.engine_tables import CHORE_ROWS, ChoreRow
from streams.folding import Chore
from streams.gathering import Gathering

if TYPE_CHECKING:
    from streams.assignment import OwnedPartition
    from streams.slice_fold import SliceFold

CHORE_PAGE_ROWS: Final = 500
"""Rows that one page visits."""


@dataclass
class PendingChore:
    """A chore of an owned partition, as of its last page. It waits until the flush that holds it is
    committed."""

    row: ChoreRow
    committed_with: Gathering | None = None


def pending(row: ChoreRow, gathering: Gathering) -> PendingChore:
    """A chore that was just started: its row is written with this gathering."""
    gathering.put(CHORE_ROWS, row)
    return PendingChore(row, gathering)


async def visit_page(
    reader: PatientReader, schema: str, owned: "OwnedPartition", fold: "SliceFold", gathering: Gathering
) -> None:
    """Visits the next page of the partition's first chore and folds it into the gathering."""
    row = owned.chores[0].row
    chore = fold.chores[row.kind]
    page = await _page(reader, schema, chore, row)
    keys = [tuple(values[: chore.visited_columns]) for values in page]
    await fold.visit(owned, row, keys, gathering)
    owned.move_in(gathering)
    if len(page) < CHORE_PAGE_ROWS:
        gathering.states[CHORE_ROWS][CHORE_ROWS.key_of(row)] = None
        owned.chores.pop(0)
    else:
        cursor = msgspec.to_builtins(page[-1])
        owned.chores[0] = pending(msgspec.structs.replace(row, cursor=list(cursor)), gathering)


async def _page(reader: PatientReader, schema: str, chore: Chore, row: ChoreRow) -> list[tuple[Any, ...]]:
    parameters: Mapping[str, Any] = {
        **row.arguments,
        "partition": row.partition,
        "limit": CHORE_PAGE_ROWS,
        "cursor": None if row.cursor is None else msgspec.json.encode(row.cursor).decode(),
    }
    query = sql.SQL(chore.page.read_text("utf-8")).format(generation=sql.Identifier(schema))
    return await reader.rows("chore", query, parameters)
