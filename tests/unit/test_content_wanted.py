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
