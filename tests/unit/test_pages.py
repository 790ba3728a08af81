"""Cursors: what a list gives is read again, and nothing else is."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from events.errors import WrongUsage
from projections.pages import WHOLE_PLACE_MAX, cursor_at, place_after

AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def packed(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize("place", [0, WHOLE_PLACE_MAX, -1.5, AT, "\u00fcber"])
def test_a_place_is_read_again(place: Any) -> None:
    assert place_after(cursor_at("order", place, "id"), "order", type(place), str) == (place, "id")


def test_the_first_page_has_no_place() -> None:
    assert place_after(None, "order", int, str) == (None, None)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (int, -1),
        (int, WHOLE_PLACE_MAX + 1),
        (int, 10**400),
        (int, 1.0),
        (int, True),
        (int, None),
        (float, float("nan")),
        (float, float("inf")),
        (float, float("-inf")),
        (str, ""),
        (str, "a\ud800"),
        (str, "a\0"),
        (datetime, "2026-01-02T03:04:05"),
        (datetime, "yesterday"),
    ],
)
def test_what_no_list_gives_is_refused(kind: type, place: Any) -> None:
    with pytest.raises(WrongUsage, match="none of this list"):
        place_after(packed(["order", place, "id"]), "order", kind, str)


@pytest.mark.parametrize(
    "cursor", ["", "x", "\u00fc", packed({}), packed(["other", 1, "id"]), packed(["order", 1])]
)
def test_other_texts_are_refused(cursor: str) -> None:
    with pytest.raises(WrongUsage, match="leave it out for the first page"):
        place_after(cursor, "order", int, str)
