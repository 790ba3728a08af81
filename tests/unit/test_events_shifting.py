"""Events are moved in time together, whole hours by whole hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from events.actions import ActionLogged, BucketWeightSet
from events.catalogue import default_catalogue
from events.refusals import Refused
from events.shifting import Shift
from events.structs import EventStruct, struct_from

AT = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


def moved(event: ActionLogged | BucketWeightSet, by: timedelta) -> EventStruct | Refused:
    found = Shift(default_catalogue(), by).moved(struct_from(event))
    assert isinstance(found, EventStruct | Refused)
    return found


def weight(effective_from: datetime) -> BucketWeightSet:
    return BucketWeightSet.new(bucket="b", multiplier=2, effective_from=effective_from, at=AT)


def test_all_but_the_time_stays() -> None:
    event = ActionLogged.new(wave_id="w", ripple_id="r", action_id="a", bucket="b", actor="u", at=AT)
    found = moved(event, timedelta(days=3, minutes=50))
    assert isinstance(found, EventStruct)
    assert found.at == AT + timedelta(days=3, minutes=50)
    assert (found.id, found.action_id, found.quantity) == (event.id, "a", None)


@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 61, -1, -59, -60, -61, 100_000])
@pytest.mark.parametrize(
    "back", [timedelta(), timedelta(days=31) - timedelta(minutes=45), timedelta(days=-366)]
)
def test_a_weight_stays_on_a_whole_hour_within_its_limits(minutes: int, back: timedelta) -> None:
    hour = (AT - back).replace(minute=0)
    found = moved(weight(hour), timedelta(minutes=minutes))
    assert isinstance(found, EventStruct)
    assert found.at == AT + timedelta(minutes=minutes)
    assert abs(found.effective_from - hour - timedelta(minutes=minutes)) < timedelta(hours=1)


def test_a_time_that_cannot_be_is_refused() -> None:
    for by in (timedelta(days=-365 * 100), timedelta(days=-365 * 3000)):
        found = moved(weight(AT.replace(minute=0)), by)
        assert isinstance(found, Refused)
        assert found.field == "at"
