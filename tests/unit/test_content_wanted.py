"""What can be asked of a list, and what becomes of it in a statement."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.errors import WrongUsage
from projections.content.wanted import (
    IMPACT_MAX,
    LIMIT_MAX,
    OFFSET_MAX,
    SEARCH_CHARACTERS_MAX,
    VIEWS_MAX,
    WHOLE,
    Wanted,
    finds_bytes,
    has_trigrams,
    searched,
)


def test_the_whole_list_has_no_filters() -> None:
    WHOLE.checked()
    assert WHOLE.filters == {}


def test_bounds_are_inclusive_in_hundredths() -> None:
    """What lies between two hundredths is no score: the next one within is the bound."""
    wanted = Wanted(impact_min=Decimal("1.001"), impact_max=Decimal("2.009"), views_min=0, views_max=7)
    assert wanted.filters == {"impact_min": 101, "impact_max": 200, "views_min": 0, "views_max": 7}
    assert Wanted(impact_min=3).filters == {"impact_min": 300}


@pytest.mark.parametrize(
    ("published", "days"), [("24h", 1), ("7d", 7), ("30d", 30), ("1y", 365), ("all", None)]
)
def test_a_range_is_a_time_before_now(published: Any, days: int | None) -> None:
    expected = {} if days is None else {"published_in": timedelta(days=days)}
    assert Wanted(published=published).filters == expected


@pytest.mark.parametrize(
    "most",
    [
        {"limit": LIMIT_MAX, "offset": OFFSET_MAX},
        {"search": "x" * SEARCH_CHARACTERS_MAX},
        {"impact_max": IMPACT_MAX, "views_max": VIEWS_MAX},
    ],
)
def test_limits_themselves_are_allowed(most: dict[str, Any]) -> None:
    Wanted(**most).checked()
    for name, value in most.items():
        beyond = value + ("x" if isinstance(value, str) else 1)
        with pytest.raises(WrongUsage, match=name):
            Wanted(**{name: beyond}).checked()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"search": ""}, "search must not be empty"),
        ({"search": "a\0b"}, "search must not hold a control character"),
        ({"search": "a\nb"}, "search must not hold a control character"),
        ({"search": "a\ud800"}, "search must not hold a lone surrogate"),
        ({"impact_min": Decimal("NaN")}, "impact_min must be from 0"),
        ({"impact_max": Decimal("sNaN")}, "impact_max must be from 0"),
        ({"impact_max": Decimal("Infinity")}, "impact_max must be from 0"),
        ({"impact_min": Decimal("-Infinity")}, "impact_min must be from 0"),
        ({"impact_min": 10**400}, "impact_min must be from 0"),
    ],
)
def test_what_no_list_can_have_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        Wanted(**wrong).checked()


@pytest.mark.parametrize(
    ("search", "plain", "indexed"),
    [
        ("DIY", "%diy%", "%diy%"),
        ("100%", r"%100\%%", r"%100\%%"),
        ("a_b", r"%a\_b%", r"%a\_b%"),
        ("\\", r"%\\%", r"%\\\\%"),
        ("Über", "%über%", r"%\\303\\274ber%"),
        ("\uff24\uff29\uff39", "%diy%", "%diy%"),  # the same letters, wide
        ("\N{KELVIN SIGN}", "%k%", "%k%"),
    ],
)
def test_patterns_find_the_text_itself(search: str, plain: str, indexed: str) -> None:
    assert searched(search) == {"search": plain, "searched": indexed}


@pytest.mark.parametrize(
    ("search", "is_indexed"),
    [
        ("ab", False),
        ("abc", True),
        ("a b c", False),
        ("ab cde", True),
        ("ü", True),
        ("日", True),
        ("--- -", False),
    ],
)
def test_an_index_needs_three_letters_or_digits_in_a_row(search: str, is_indexed: bool) -> None:
    assert has_trigrams(search) is is_indexed


@pytest.mark.parametrize(
    ("search", "may"),
    [("303", True), ("7a", True), ("\\303", True), ("899", False), ("a303", False), ("\u00fc", False)],
)
def test_what_begins_like_a_byte_is_read_for(search: str, may: bool) -> None:
    assert finds_bytes(search) is may
