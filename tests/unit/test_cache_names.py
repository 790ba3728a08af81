"""Names in Redis: unambiguous whatever ids hold."""

from hypothesis import given
from hypothesis import strategies as st

from projections.redis.names import key_of, member

IDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8) | st.text(
    "%:3A25a", min_size=1
)
KEYS = st.tuples(IDS, IDS)


def test_a_plain_key_stands_as_it_is() -> None:
    assert member(("clean-coast", "beach day #1")) == "clean-coast:beach day #1"


def test_colons_and_percent_signs_are_escaped() -> None:
    assert member(("w:1", "50%3A")) == "w%3A1:50%253A"


@given(KEYS, KEYS)
def test_a_name_says_its_key_and_no_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert key_of(member(one)) == one
    assert (member(one) == member(other)) == (one == other)
