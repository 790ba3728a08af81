"""Lists read page by page to their end."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from projections.pages import Page

PAGES_MAX: Final = 200

Ask = Callable[[int, str | None], Awaitable[Page[Any]]]
"""Asks for a page of at most so many rows, behind a cursor."""


async def in_pages(ask: Ask, limit: int) -> list[Any]:
    """All rows of a list, read page by page."""
    rows: list[Any] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        page = await ask(limit, cursor)
        assert len(page.rows) == limit or page.next_cursor is None
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows
    raise AssertionError(f"{PAGES_MAX} pages have no end: {rows[-3:]}")
