"""Twenty thousand videos with all that belongs to them, and their lists by plain sorting. Time stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from deploy.local_stack import LocalStack
from projections.content.listing import Listing
from projections.content.wanted import DAYS, Wanted
from tests.benchmarks.content_tables import LARGEST, ContentSize, fill
from tests.integration.small_worlds import filled_database
from tests.unit.made_events import BASE

VIDEOS: Final = 20_000
Row = dict[str, Any]


@contextmanager
def filled_world(stack: LocalStack, home: Path) -> Iterator[str]:
    """The URL of a database of its own that holds it. For tests that read."""
    with filled_database(stack, home, BASE, lambda url: fill(url, ContentSize(VIDEOS))) as url:
        yield url


@dataclass(frozen=True)
class PlainLists:
    """All rows of each list by its name, as the views have them, and what follows from sorting them."""

    rows: dict[str, list[Row]]

    @classmethod
    def read(cls, url: str, queries: Path) -> "PlainLists":
        """One SQL file for each list, named like it."""
        rows = {}
        with psycopg.connect(url, row_factory=dict_row) as connection:
            for file in sorted(queries.glob("*.sql")):
                rows[file.stem.replace("_", " ")] = connection.execute(file.read_bytes(), LARGEST).fetchall()
        return cls(rows)

    def ids(self, listing: Listing, wanted: Wanted) -> list[str]:
        """The ids that such a list has, all of them in their order."""
        sort = wanted.sort or next(iter(listing.sorts))
        if sort == "trending" and "trend" not in self.rows[listing.name][0]:
            sort = "impact"
        column = {"recent": "at", "newest": "registered", "alphabetical": "id"}.get(sort, sort)
        found = [row for row in self.rows[listing.name] if _is_wanted(row, wanted)]
        return [row["id"] for row in sorted(found, key=lambda row: _place(row[column], row["id"]))]


def _place(value: Any, identity: str) -> tuple[int, Any, str]:
    match value:
        case None:
            return (1, 0, identity)
        case datetime():
            return (0, -value.timestamp(), identity)
        case str():
            return (0, 0, identity)
        case _:
            return (0, -value, identity)


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    days = DAYS[wanted.published]
    return (
        _is_between(row["impact"], wanted.impact_min, wanted.impact_max)
        and _is_between(row["views"], wanted.views_min, wanted.views_max)
        and (days is None or (row["at"] is not None and (BASE - row["at"]).total_seconds() <= days * 86_400))
        and (wanted.search is None or wanted.search.lower() in row["text"])
    )


def _is_between(value: Decimal, least: Decimal | int | None, most: Decimal | int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
