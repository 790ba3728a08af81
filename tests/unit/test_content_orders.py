"""What stands behind a place in a list: the pieces by which an order goes on from there."""

from datetime import UTC, datetime
from typing import Any

import pytest

from projections.content.listing import CREATORS, HASHTAGS, HASHTAGS_OF, VIDEOS, VIDEOS_OF
from projections.content.sorting import ABOVE_ALL, ByMagnitude, ByWholeNumber, Order, Place
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, COUNTS

BY_VIEWS = ByMagnitude("views", COUNTS)
SHARP = COUNTS.exact_below
"""From this magnitude on one takes in several numbers."""


def walked(order: Order, place: Place | None) -> list[list[tuple[str, dict[str, Any]]]]:
    return [[(piece.file, dict(piece.values)) for piece in chain] for chain in order.chains(place)]


def test_a_whole_list_by_a_number_begins_with_the_magnitudes_that_are_sorted() -> None:
    assert walked(BY_VIEWS, None) == [
        [("branches/coarse", {"below": ABOVE_ALL}), ("branches/exact", {"below": SHARP})]
    ]


def test_behind_a_great_number_its_own_magnitude_comes_first() -> None:
    own = COUNTS.of(1_000_000)
    assert walked(BY_VIEWS, Place(1_000_000, "video-1")) == [
        [
            ("branches/within", {"place": 1_000_000, "after": "video-1", "place_order": own}),
            ("branches/coarse", {"below": own}),
            ("branches/exact", {"below": SHARP}),
        ]
    ]


@pytest.mark.parametrize("number", [0, 1, 127])
def test_behind_a_small_number_nothing_is_sorted(number: int) -> None:
    own = COUNTS.of(number)
    assert walked(BY_VIEWS, Place(number, "video-1")) == [
        [
            ("branches/ties", {"place": number, "after": "video-1", "place_order": own}),
            ("branches/exact", {"below": own}),
        ]
    ]


def test_behind_the_first_number_that_shares_its_magnitude_the_lower_ones_are_exact() -> None:
    files = [file for file, _ in walked(BY_VIEWS, Place(128, "video-1"))[0]]
    assert files == ["branches/within", "branches/exact"]


def test_a_number_with_an_index_of_its_own_is_never_sorted() -> None:
    order = ByWholeNumber("registered")
    assert walked(order, None) == [[("branches/exact", {"below": ABOVE_ALL})]]
    assert walked(order, Place(7, "creator-1")) == [
        [
            ("branches/ties", {"place": 7, "after": "creator-1", "place_order": 7}),
            ("branches/exact", {"below": 7}),
        ]
    ]


def test_what_has_no_time_stands_last_by_id() -> None:
    by_time = VIDEOS.sorts["recent"]
    at = datetime(2026, 11, 21, tzinfo=UTC)
    files = {
        place: [file.removeprefix("branches/") for file, _ in walked(by_time, place)[0]]
        for place in (None, Place(at, "video-1"), Place(None, "video-1"))
    }
    assert list(files.values()) == [
        ["dated", "undated"],
        ["dated_ties", "dated_before", "undated"],
        ["undated"],
    ]
    assert walked(by_time, Place(at, "video-1"))[0][-1] == ("branches/undated", {"after": ""})
    assert walked(by_time, Place(None, "video-1"))[0][-1] == ("branches/undated", {"after": "video-1"})


def test_trending_is_one_chain_for_each_factor_and_one_for_what_has_aged_since() -> None:
    chains = walked(HASHTAGS.sorts["trending"], None)
    assert [chain[0][0] for chain in chains] == ["branches/coarse"] * 4 + ["branches/aged"]


def test_the_place_of_a_score_among_the_rows_of_each_factor() -> None:
    """14 is 14 views by the factor 1 and 7 by 2; of 5 and 10 it lies below 3 and 2 views: behind it stand all
    with 2 views and with 1."""
    chains = walked(HASHTAGS.sorts["trending"], Place(14, "hashtag"))
    places = [(chain[0][1]["place"], chain[0][1]["after"]) for chain in chains]
    assert places == [(1, ""), (2, ""), (7, "hashtag"), (14, "hashtag"), (14, "hashtag")]


def test_bounds_of_what_has_an_index_are_magnitudes_too() -> None:
    filters = {"views_min": 1_000, "impact_max": 500, "published_in": 1}
    assert VIDEOS_OF["hashtag"].bounds(filters) == {
        "views_order_min": COARSE_COUNTS.of(1_000),
        "impact_order_max": COARSE_SCORES.of(500),
    }
    assert HASHTAGS_OF.bounds(filters) == {}


def test_a_cursor_holds_whole_numbers_times_or_ids() -> None:
    assert CREATORS.sorts["views"].value_of(5.0) == 5
    assert HASHTAGS.sorts["alphabetical"].value_of("diy") == "diy"
    assert [VIDEOS.sorts["recent"].kinds, HASHTAGS.sorts["alphabetical"].kinds] == [
        (datetime, str),
        (str, str),
    ]
