"""Compares what the views of system 2 do not tell as facts: columns (now) and the rows that lists walk.

Nothing may be folded in between.
"""

from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.postgres.generations import Generation
from tests.simulation.compare import keyed_rows, row_differences
from tests.simulation.content_oracle import ContentExpected, views_of_now
from tests.simulation.content_oracle_members import MEMBERS, ORDERS, members, ordered_by
from tests.simulation.oracle_facts import Row

NOW_COLUMNS: Final = frozenset({"trend_score", "trending"})
_TRENDS: Final = {
    "sounds": b"SELECT sound_id, trend_score, trending,"
    b" date_trunc('minute', statement_timestamp()) AS minute FROM content.sounds",
    "hashtags": b"SELECT hashtag, trend_score, trending,"
    b" date_trunc('minute', statement_timestamp()) AS minute FROM content.hashtags",
}
_KEYS: Final = {"sounds": ("sound_id",), "hashtags": ("hashtag",)}


async def content_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: ContentExpected
) -> list[str]:
    """A line for each difference in what trends now, and in the rows that lists walk."""
    lines = []
    for view, statement in _TRENDS.items():
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement)
            found = await cursor.fetchall()
        minute: datetime | None = found[0]["minute"] if found else None
        right = views_of_now(wanted, minute)[view] if minute else wanted.views[view]
        lines += row_differences(f"{view} as of {minute}", _KEYS[view], found, right)
    for table, (owner, _) in MEMBERS.items():
        rows = await keyed_rows(connection, generation.schema, table)
        lines += row_differences(table, (owner, "video_id"), rows, members(wanted.facts, table))
        lines += [line for order in ORDERS for line in _order_differences(table, order, rows, wanted)]
    return lines


def _order_differences(table: str, order: str, rows: list[Row], wanted: ContentExpected) -> list[str]:
    """An order is coarser than its number, but it is one: it never falls while the number rises."""
    numbers = ordered_by(wanted.facts, order)
    placed = [(numbers[str(row["video_id"])], row) for row in rows if row["video_id"] in numbers]
    placed.sort(key=lambda place: place[0])
    column = f"{order}_order"
    return [
        f"{table}.{column}: {higher[column]} at {order} {more}, but {lower[column]} at {less}: {higher}"
        for (less, lower), (more, higher) in pairwise(placed)
        if _order(higher, column) < _order(lower, column)
        or (less == more and higher[column] != lower[column])
    ]


def _order(row: Row, column: str) -> int:
    order = row[column]
    assert isinstance(order, int)
    return order
