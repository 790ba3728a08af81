"""A tiny system whose rows follow from others: books that stand on shelves, and who wrote those."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from projections.magnitude import COUNTS
from projections.read_model import ReadModel
from projections.tables import Aging, Counted, CounterTable, Followed, Spread, StateTable
from streams.folding import EACH, FOLLOW, WHOLE, Change

FOLDER: Final = Path(__file__).parent / "shelves_sql"


class Book(msgspec.Struct, frozen=True):
    """A book: on which shelf it stands (None: on none), who wrote it, how many pages it has, when it came."""

    title: str
    shelf: str | None
    author: str
    pages: int
    came_at: datetime


class Standing(msgspec.Struct, frozen=True):
    """A book on a shelf."""

    shelf: str
    title: str
    came_at: datetime


BOOKS: Final = StateTable(
    "books", Book, key_width=1, orders={"pages_order": ("pages", COUNTS)}, searched=("title",)
)
STANDING: Final = StateTable("standing", Standing, key_width=2, indexes=("shelf, came_at",), follows=True)
SHELVES: Final = CounterTable(
    "shelves",
    {"shelf": str},
    {"books": int, "authors": int, "pens": int, "pages": int},
    orders={"pages_order": ("pages", COUNTS)},
    followed=Followed(FOLDER / "shelves.sql", {"newest_at": datetime | None}),
    aging=Aging("freshness", "newest_at", ((timedelta(hours=1), 10), (timedelta(days=1), 5)), 1),
)
AUTHORS: Final = CounterTable(
    "authors",
    {"shelf": str, "author": str},
    {"books": int},
    counted=Counted(SHELVES, "authors"),
)
CREDITED: Final = CounterTable("credited", {"shelf": str, "pens": tuple[str, ...]}, {"books": int})
"""Never stored: books by the names that their authors write under."""
PENS: Final = CounterTable(
    "pens",
    {"shelf": str, "pen": str},
    {"books": int},
    counted=Counted(SHELVES, "pens"),
    spread=Spread(CREDITED, FOLDER / "pens.sql"),
)
READ: Final = CounterTable("read", {"title": str, "shelf": str}, {"pages": int})
"""Never stored: pages read of a book while it stood there."""
READING: Final = CounterTable(
    "reading", {"kind": str, "id": str}, {"pages": int}, spread=Spread(READ, FOLDER / "reading.sql")
)

MODEL: Final = ReadModel("shelves", (BOOKS, STANDING, AUTHORS, PENS, SHELVES, READING), FOLDER / "views.sql")


def pens(book: Book) -> tuple[str, ...]:
    """What its author writes under: the name, and one that means something in every syntax on its way."""
    return (book.author, book.author + " \"{,}\\\t'NULL")


def settle_book(before: Book | None, after: Book | None) -> list[Change]:
    """What a book brings to its shelf."""
    changes: list[Change] = []
    for book, sign in ((before, -1), (after, 1)):
        if book is not None and book.shelf is not None:
            standing = Standing(book.shelf, book.title, book.came_at) if sign > 0 else None
            changes += [
                (SHELVES, (book.shelf,), EACH, (sign, 0, 0, sign * book.pages)),
                (AUTHORS, (book.shelf, book.author), 0, sign),
                (CREDITED, (book.shelf, pens(book)), 0, sign),
                (STANDING, (book.shelf, book.title), WHOLE, standing),
                (SHELVES, (book.shelf,), FOLLOW, None),
            ]
    return changes


SETTLES: Final[dict[Any, Any]] = {BOOKS: settle_book}
NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
