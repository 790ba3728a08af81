"""The comparison of closes finds what is wrong and forgives only what floats explain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closed_ripple import ClosedRipple
from tests.simulation.oracle_closing import Close

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ONE = timedelta(hours=1)


def entry(ripple: str, rank: int, score: str, **own: object) -> ClosedRipple:
    known = {"actions_1h": 1, "actions_24h": 2, "participants": 3}
    return ClosedRipple("w", ripple, rank, Decimal(score), **(known | own))  # type: ignore[arg-type]


FIRST = Close(NOON, (entry("a", 1, "5"), entry("b", 2, "3"), entry("c", 3, "2.999999"), entry("d", 4, "1")))
SECOND = Close(NOON + ONE, (entry("b", 1, "4", previous_rank=2), entry("e", 2, "1")))


def with_entries(*entries: ClosedRipple) -> list[Close]:
    return [replace(FIRST, entries=entries)]


def test_equal_closes_have_no_differences() -> None:
    assert close_differences([FIRST, SECOND], [FIRST, SECOND]) == []


def test_hours_must_be_the_same() -> None:
    assert close_differences([FIRST], [FIRST, SECOND]) == [f"close of {NOON + ONE}: missing"]
    assert close_differences([FIRST], []) == [f"close of {NOON}: must not be there"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"actions_1h": 2}, "actions_1h is 2, must be 1"),
        ({"actions_24h": 1}, "actions_24h is 1, must be 2"),
        ({"participants": 4}, "participants is 4, must be 3"),
        ({"score": Decimal("5.000002")}, "score is 5.000002, must be 5"),
        ({"previous_rank": 1}, "previous_rank is 1, must be None"),
    ],
)
def test_a_wrong_column_is_named(changes: dict[str, object], said: str) -> None:
    found = with_entries(replace(FIRST.entries[0], **changes), *FIRST.entries[1:])  # type: ignore[arg-type]
    assert close_differences(found, [FIRST]) == [f"close of {NOON}, ('w', 'a'): {said}"]


def test_scores_that_are_nearly_the_same_may_change_places() -> None:
    found = with_entries(FIRST.entries[0], entry("c", 2, "3"), entry("b", 3, "2.999999"), FIRST.entries[3])
    assert close_differences(found, [FIRST]) == []
    later = replace(SECOND, entries=(entry("b", 1, "4", previous_rank=3), entry("e", 2, "1")))
    assert close_differences([*found, later], [FIRST, SECOND]) == []
    assert close_differences([*found, SECOND], [FIRST, SECOND]) == [
        f"close of {NOON + ONE}, ('w', 'b'): previous_rank is 2, must be 3"
    ]


def test_other_scores_may_not_change_places() -> None:
    found = with_entries(entry("b", 1, "3"), entry("a", 2, "5"), *FIRST.entries[2:])
    assert close_differences(found, [FIRST]) == [
        f"close of {NOON}, ('w', 'a'): rank is 2, must be 1",
        f"close of {NOON}, ('w', 'b'): rank is 1, must be 2",
    ]


def test_ranks_go_up_by_one() -> None:
    found = with_entries(*FIRST.entries[:3], replace(FIRST.entries[3], rank=5))
    assert f"close of {NOON}: ranks are not 1 to 4, in order" in close_differences(found, [FIRST])


def test_ripples_must_be_the_same_but_where_the_list_is_cut_between_equals() -> None:
    found = with_entries(*FIRST.entries[:2], entry("e", 3, "2.999998"), FIRST.entries[3])
    missing, extra = close_differences(found, [FIRST])
    assert missing.startswith(f"close of {NOON}, ('w', 'c'): missing")
    assert extra.startswith(f"close of {NOON}, ('w', 'e'): must not be there")
    cut = Close(NOON, FIRST.entries[:3])
    assert close_differences(with_entries(*found[0].entries[:3]), [cut], entries_max=3) == []
