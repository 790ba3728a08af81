"""What a scheduled decision is made of: when its periods end, and how its entries come into events."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from events.codec import EVENT_BYTES_MAX, encode
from events.content_decisions import LEADERBOARD_PLACES_MAX
from streams.decision_packing import packed
from streams.decisions import ScheduledDecision
from streams.folds.content.leaderboards import closes

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOARD = {"period": "all", "kind": "video", "sort": "impact", "previous_rank": None}


class Entry(BaseModel):
    text: str


def place(rank: int, name: str) -> dict[str, Any]:
    return {**BOARD, "id": name, "rank": rank, "value": 10_000 - rank}


@pytest.mark.parametrize(
    ("period_hours", "offset_hours", "until", "end"),
    [
        (1, 0, "12:59:59", "2026-11-20T12:00"),
        (24, 0, "12:00:00", "2026-11-20T00:00"),
        (24, 3, "03:00:00", "2026-11-20T03:00"),
        (24, 3, "02:59:59", "2026-11-19T03:00"),
    ],
)
def test_a_period_ends_as_long_after_midnight_as_it_says(
    period_hours: int, offset_hours: int, until: str, end: str
) -> None:
    decision = ScheduledDecision(
        name="named",
        period=timedelta(hours=period_hours),
        due=Path("due.sql"),
        rows=Path("rows.sql"),
        events=lambda at, rows: [],
        offset=timedelta(hours=offset_hours),
    )
    assert decision.last_end(datetime.fromisoformat(f"2026-11-20T{until}Z")) == datetime.fromisoformat(
        f"{end}Z"
    )


def test_entries_stay_in_order_in_as_few_parts_as_they_fit_in() -> None:
    entries = [Entry(text="x" * 20_000) for _ in range(7)]
    assert [len(part) for part in packed(entries, 100)] == [3, 3, 1]
    assert [len(part) for part in packed(entries, 2)] == [2, 2, 2, 1]
    assert [entry for part in packed(entries, 100) for entry in part] == entries
    assert packed([], 100) == [[]]


def test_a_close_has_a_part_for_each_list_with_places_or_without() -> None:
    parts = closes(AT, [place(1, "a"), place(2, "b")])
    assert [part.part for part in parts] == [*range(50)]
    assert {part.parts for part in parts} == {50}
    assert len({(part.period, part.kind, part.sort) for part in parts}) == 50
    assert [(len(part.entries), part.sort) for part in parts if part.entries] == [(2, "impact")]


def test_a_list_of_the_longest_ids_is_told_in_several_parts() -> None:
    """A quotation mark takes two bytes where it is written."""
    rows = [place(rank, f"{rank:03}".ljust(300, '"')) for rank in range(1, LEADERBOARD_PLACES_MAX + 1)]
    parts = closes(AT, rows)
    assert len(parts) == 51
    assert [entry.rank for part in parts for entry in part.entries] == [*range(1, LEADERBOARD_PLACES_MAX + 1)]
    assert max(len(encode(part)) for part in parts) <= EVENT_BYTES_MAX
