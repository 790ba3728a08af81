"""Rows of texts, as Redis answers them, become what the fields of an answer hold."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from projections.redis.answers import columns


@dataclass(frozen=True)
class Answer:
    """A field of every type that answers have."""

    name: str
    title: str | None
    count: int
    seconds: int | None
    score: Decimal
    is_known: bool | None
    at: datetime | None
    tags: list[str]
    shares: dict[str, Decimal]
    made_of_others: object


def test_texts_are_read_by_the_types_of_fields() -> None:
    row = {
        "name": "null",
        "title": "",
        "count": "9223372036854775808",
        "seconds": "0",
        "score": "12.30",
        "is_known": "false",
        "at": "2026-11-20T12:00:00.000001Z",
        "tags": '["a,b","\\"NULL\\""]',
        "shares": '{"planning": 0.1}',
        "another": "of no field",
    }
    assert columns(Answer, row) == {
        "name": "null",
        "title": "",
        "count": 2**63,
        "seconds": 0,
        "score": Decimal("12.30"),
        "is_known": False,
        "at": datetime(2026, 11, 20, 12, 0, 0, 1, UTC),
        "tags": ["a,b", '"NULL"'],
        "shares": {"planning": Decimal("0.1")},
    }


def test_what_the_row_has_not_is_none() -> None:
    assert set(columns(Answer, {}).values()) == {None}
