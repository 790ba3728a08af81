"""Lists read page by page: each page names the place after its last row, and the next one begins there.

A place is what the list is ordered by and what tells rows apart, so that rows which come or go in between
neither repeat nor hide others. A cursor is opaque: it is given back as it came.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, Generic, TypeAlias, TypeVar

from events.errors import WrongUsage
from projections.arguments import identifier, whole_number

Answer = TypeVar("Answer")

Place: TypeAlias = tuple[Any, ...]

ROWS_MAX: Final = 1_000
"""Rows of one list or page."""
CURSOR_CHARACTERS_MAX: Final = 2_000
WHOLE_PLACE_MAX: Final = 10**30
"""More than any number that a list is ordered by: totals add up many counts of 64 bits."""


@dataclass(frozen=True)
class Page(Generic[Answer]):
    """Some rows of a list, and where the next page begins: None after the last one."""

    rows: list[Answer]
    next_cursor: str | None


def rows_at_most(limit: int) -> int:
    """How many rows a list or page may have. Raises WrongUsage."""
    return whole_number("limit", limit, at_most=ROWS_MAX)


def page_of(found: list[Answer], limit: int, cursor_of: Callable[[Answer], str]) -> Page[Answer]:
    """The page of `limit` rows where one more was asked for, to see whether there is one."""
    rows = found[:limit]
    return Page(rows, cursor_of(rows[-1]) if len(found) > limit else None)


def cursor_at(order: str, *place: Any) -> str:
    """The cursor of a list in that order behind a place of texts, numbers and times."""
    written = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    packed = json.dumps([order, *written], separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place_after(cursor: str | None, order: str, *kinds: type) -> Place:
    """The place that a cursor names; without one only None, which stands before everything.

    Raises WrongUsage when it is none of a list in that order.
    """
    if cursor is None:
        return (None,) * len(kinds)
    try:
        if len(cursor) > CURSOR_CHARACTERS_MAX:
            raise ValueError
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        named, *values = json.loads(packed)
        if named != order:
            raise ValueError
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error, WrongUsage):
        raise WrongUsage(
            f"cursor {cursor[:60]!r} is none of this list: leave it out for the first page, or give the next"
            " cursor of the page before"
        ) from None


def _read(value: object, kind: type) -> Any:
    if kind is datetime and isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        return at
    # A bool is an int to Python, a whole number in JSON may be meant as a float; neither is a place.
    if type(value) is not kind:
        raise ValueError
    if isinstance(value, int):
        return whole_number("cursor", value, at_least=0, at_most=WHOLE_PLACE_MAX)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError
    return identifier("cursor", value) if isinstance(value, str) else value
