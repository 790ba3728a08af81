"""Every question of system 1, answered as worked out by hand."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.errors import WrongUsage
from projections.actions.reader import Reader
from projections.pages import Page
from tests.integration.actions_setting import DAY, TEN, small_world
from tests.integration.paging import in_pages
from tests.integration.small_worlds import for_the_file, reader_of_database
from tests.unit.actions_driver import HOUR

database = for_the_file(small_world)
reader = reader_of_database(Reader)


async def test_a_waves_ripples_are_listed_by_impact_actions_and_what_trends(reader: Reader) -> None:
    """c, d and e tie in one list or the other: then the id decides."""
    orders: dict[Any, str] = {"impact": "abced", "actions": "abced", "trending": "baced"}
    for by, names in orders.items():
        page = await reader.ripples_of("w", by=by)
        assert "".join(row.ripple_id for row in page.rows) == names, by
        assert page.next_cursor is None

        async def ask(limit: int, cursor: str | None, by: Any = by) -> Page[Any]:
            return await reader.ripples_of("w", by=by, limit=limit, cursor=cursor)

        for limit in (1, 2, 5):
            assert await in_pages(ask, limit) == page.rows, f"{by} in pages of {limit}"
    assert (await reader.ripples_of("none")).rows == []


async def test_waves_are_listed_by_id(reader: Reader) -> None:
    assert [row.wave_id for row in await in_pages(lambda n, c: reader.waves(limit=n, cursor=c), 1)] == [
        "v",
        "w",
    ]


async def test_a_ripple_is_compared_with_its_wave(reader: Reader) -> None:
    """Of 7.5, 2, 1 and 1 the median is 1.5; d did nothing; x has no company."""
    wanted = {
        ("w", "a"): ("7.5", "1.5", "3.00", "at least 3x the median of its wave"),
        ("w", "b"): ("2", "1.5", "1.33", "1.33x the median of its wave"),
        ("w", "c"): ("1", "1.5", "0.67", "0.67x the median of its wave"),
        ("w", "d"): ("0", "1.5", "0.50", "at most 0.5x the median of its wave"),
        ("v", "x"): ("1", "1", "1.00", "1x the median of its wave"),
    }
    for ripple, (impact, median, index, sentence) in wanted.items():
        found = await reader.against_wave(*ripple)
        assert found is not None, ripple
        numbers = (found.impact_30d, found.wave_median_30d, found.index)
        assert numbers == tuple(map(Decimal, (impact, median, index))), ripple
        assert (found.sentence, found.calculated_at) == (sentence, TEN)
    assert await reader.against_wave("w", "none") is None


async def test_what_a_ripple_did_in_each_timeframe_ends_with_this_hour(reader: Reader) -> None:
    of_a, of_c = await reader.calculations("w", "a"), await reader.calculations("w", "c")

    assert [row.timeframe for row in of_a] == ["24h", "7d", "30d", "90d", "all"]
    assert {(row.actions, row.impact, row.calculated_at) for row in of_a} == {(3, Decimal("7.5"), TEN)}
    assert [row.actions for row in of_c] == [0, 1, 1, 1, 1]
    assert await reader.calculations("w", "none") == []


async def test_a_close_tells_ranks_changes_and_peaks(reader: Reader) -> None:
    last, before = TEN - 2 * HOUR, TEN - 3 * HOUR

    found = await reader.closed()
    assert [(row.ripple_id, row.rank, row.rank_change, row.peak_rank) for row in found] == [
        ("b", 1, 1, 1),
        ("a", 2, 2, 2),
        ("e", 3, None, 3),
    ]
    assert {(row.hour, row.wave_title, row.in_top_10) for row in found} == {(last, "Clean coast", True)}
    assert [row.score for row in found] == [9, 8, 7]
    assert [row.ripple_id for row in await reader.closed(before, limit=2)] == ["c", "b"]
    assert await reader.closed(TEN) == []
    assert [(row.ripple_id, row.title) for row in await reader.risers()] == [
        ("a", "Ripple a"),
        ("b", "Ripple b"),
    ]
    assert [row.ripple_id for row in await reader.risers(limit=1)] == ["a"]
    assert await reader.risers(before) == []


async def test_a_trend_has_every_hour(reader: Reader) -> None:
    points = await reader.trend("w", "a", hours=4)

    assert [(point.hour, point.actions, point.rank) for point in points] == [
        (TEN - 3 * HOUR, 0, 4),
        (TEN - 2 * HOUR, 0, 2),
        (TEN - HOUR, 3, None),
        (TEN, 0, None),
    ]
    assert [point.impact for point in points] == [0, 0, Decimal("7.5"), 0]
    assert [point.score for point in points] == [6, 8, None, None]
    (earlier,) = await reader.trend("w", "c", hours=1, until=TEN - 5 * DAY + HOUR)
    assert (earlier.hour, earlier.actions) == (TEN - 5 * DAY, 1)
    assert await reader.trend("w", "none") == []


async def test_what_trends_now_is_compared_with_the_last_close(reader: Reader) -> None:
    found = await reader.live()

    assert [(row.ripple_id, row.rank, row.rank_change) for row in found] == [
        ("b", 1, 0),
        ("a", 2, 0),
        ("x", 3, None),
        ("c", 4, None),
        ("e", 5, -2),
    ]
    assert [(row.wave_title, row.title) for row in found[:3]] == [
        ("Clean coast", "Ripple b"),
        ("Clean coast", "Ripple a"),
        ("Quiet woods", "Ripple x"),
    ]
    # b: two actions and 20 points two hours ago; a: 7.5 and a join an hour ago. Six hours are a half.
    scores = [float(row.trending_score) for row in found[:2]]
    assert scores == pytest.approx([22 * 2 ** (-2 / 6), 8.5 * 2 ** (-1 / 6)], abs=2e-5)
    assert [row.rank_change for row in await reader.live("24h")] == [None, None, None]


async def test_a_persons_place_and_actions(reader: Reader) -> None:
    ann, bob, zoe = [await reader.rank_of(name, "w") for name in ("ann", "bob", "zoe")]
    eve = await reader.rank_of("eve", "w")

    assert ann is not None
    assert (ann.rank, ann.users, ann.actions, ann.impact) == (1, 4, 2, Decimal(5))
    assert [row and row.rank for row in (bob, eve, zoe)] == [2, 3, 4]
    assert await reader.rank_of("ann", "none") is None
    assert await reader.most_active_user() == "ann"
    of_ann = await in_pages(lambda n, c: reader.actions_of_user("ann", limit=n, cursor=c), 1)
    assert [(row.wave_id, row.action_id) for row in of_ann] == [("w", "a1"), ("w", "a0"), ("v", "x")]
    of_b = await in_pages(lambda n, c: reader.actions_of_ripple("w", "b", limit=n, cursor=c), 1)
    assert [row.action_id for row in of_b] == ["b1", "b0"]
    assert of_ann[-1].quantity == Decimal("2.5")


async def test_how_far_the_closing_is(reader: Reader) -> None:
    """The first hour with an action was five days ago; after 24 hours of silence none is to be closed."""
    found = await reader.hours_closed(timedelta(minutes=10))
    assert (found.due, found.closed, found.last_hour) == (24 + 2, 1, TEN - HOUR)
    assert found.first_hour == TEN - 5 * DAY


@pytest.mark.parametrize(
    ("wrong", "ask"),
    [
        ("limit must be", lambda reader: reader.live(limit=0)),
        ("limit must be", lambda reader: reader.waves(limit=1_001)),
        ("by must be one of now, 1h, 24h, is 'hour'", lambda reader: reader.live("hour")),
        ("by must be one of impact", lambda reader: reader.ripples_of("w", by="name")),
        ("hours must be", lambda reader: reader.trend("w", "r", hours=745)),
        ("hour must have a time zone", lambda reader: reader.closed(datetime(2026, 11, 21, 10))),  # noqa: DTZ001 -- refused
        ("hour must be a whole hour", lambda reader: reader.risers(TEN + timedelta(minutes=1))),
        (
            "until must be a whole hour",
            lambda reader: reader.trend("w", "r", until=TEN + timedelta(minutes=1)),
        ),
        ("wave_id must", lambda reader: reader.wave("")),
        ("user_id must", lambda reader: reader.user("x" * 2_000)),
        ("cursor 'x' is none", lambda reader: reader.waves(cursor="x")),
        ("cursor 'WyJ3' is none", lambda reader: reader.ripples_of("w", cursor="WyJ3")),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(wrong: str, ask: Any) -> None:
    with pytest.raises(WrongUsage, match=wrong):
        await ask(Reader("postgresql://nobody@127.0.0.1:1/nothing"))


async def test_a_cursor_of_another_list_is_refused(reader: Reader) -> None:
    page = await reader.ripples_of("w", by="impact", limit=1)
    with pytest.raises(WrongUsage, match="is none of this list"):
        await reader.ripples_of("w", by="actions", limit=1, cursor=page.next_cursor)
