"""The close of an hour: decided from rows, folded in parts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.codec import EVENT_BYTES_MAX, encode
from projections.actions.tables import CLOSED_HOURS, PEAK_RANKS, TRENDING_SCORES
from streams.folds.actions.closing import closes
from streams.hours import hour_of
from tests.unit.actions_driver import BASE, actions_driver
from tests.unit.made_events import decoded

TEN = BASE.replace(minute=0)
HOUR = timedelta(hours=1)


def row(rank: int, ripple_id: str = "", **changes: Any) -> dict[str, Any]:
    """As the decision's query answers it."""
    return {
        "wave_id": "w",
        "ripple_id": ripple_id or f"r{rank}",
        "rank": rank,
        "score": Decimal(1_000 - rank),
        "actions_1h": 1,
        "actions_24h": 2,
        "participants": 1,
        "previous_rank": None,
        **changes,
    }


def parts(rows: list[dict[str, Any]], at: Any = TEN) -> list[Any]:
    return [decoded(event) for event in closes(at, rows)]


def test_an_hour_in_which_nobody_was_active_is_not_closed() -> None:
    assert closes(TEN, []) == []


def test_the_same_decision_has_the_same_ids_however_often_it_is_made() -> None:
    first, again = closes(TEN, [row(1)]), closes(TEN, [row(1)])
    assert [event.id for event in first] == [event.id for event in again]
    assert closes(TEN + HOUR, [row(1)])[0].id != first[0].id


def test_a_large_close_comes_in_parts_of_at_most_64_kib() -> None:
    rows = [row(rank, "\N{GRINNING FACE}" * 70 + f"{rank:04}") for rank in range(1, 901)]
    made = closes(TEN, rows)
    assert len(made) > 1
    assert all(len(encode(event)) <= EVENT_BYTES_MAX for event in made)
    assert [entry.rank for event in made for entry in event.entries] == [*range(1, 901)]


def test_a_close_is_complete_when_all_parts_are_folded_in_any_order() -> None:
    rows = [row(rank, "\N{GRINNING FACE}" * 70 + f"{rank:04}") for rank in range(1, 301)]
    made = parts(rows)
    driver = actions_driver().given(*made[1:])
    assert not driver.rows[CLOSED_HOURS][(hour_of(TEN) - 1,)].complete

    driver.given(made[0], made[0])

    assert driver.rows[CLOSED_HOURS][(hour_of(TEN) - 1,)].complete
    assert driver.outcomes[-1] == "duplicate"
    assert len(driver.rows[TRENDING_SCORES]) == 300


def test_the_peak_is_the_best_rank_so_far() -> None:
    driver = actions_driver()
    for hour, rank in enumerate([5, 2, 9]):
        driver.given(*parts([row(rank, "r", previous_rank=3)], TEN + hour * HOUR))
    peaks = [score.peak_rank for score in driver.rows[TRENDING_SCORES].values()]
    assert peaks == [5, 2, 2]
    assert driver.rows[PEAK_RANKS]["w", "r"].rank == 2


def test_a_decision_of_somebody_else_is_refused() -> None:
    (event,) = closes(TEN, [row(1)])
    driver = actions_driver().given(
        decoded(event.model_copy(update={"part": 1, "parts": 2})),
    )
    assert driver.outcomes == ["not_a_decision"]
    assert not driver.rows[TRENDING_SCORES]
