"""What the simulations of all systems share: popularity, days, bursts, disorder, and their limits."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from deploy.cli.numbers import share
from events.errors import WrongUsage
from events.simulation.disorder import DOUBLE_RECORDS_MAX, disordered
from events.simulation.envelopes import Fields, envelopes
from events.simulation.moments import Burst, moments
from events.simulation.popularity import Cast, Remembered, zipf
from events.simulation.traffic import SPAN_MAX, Made, Traffic

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR_MILLISECONDS = 3_600_000
BEGIN_MILLISECONDS = int(BEGIN.timestamp() * 1000)
DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS
SEED = 7


def traffic(events: int = 1_000, span: timedelta = DAY, **options: Any) -> Traffic:
    return Traffic(events, BEGIN, BEGIN + span, **options)


def arrived(events: int, made: Made, **options: Any) -> list[Fields]:
    """So many events a second apart, as they arrive."""
    happened = ((BEGIN_MILLISECONDS + 1000 * number, {"number": number}) for number in range(events))
    return list(disordered(Random(SEED), happened, traffic(events, **options), made))


@pytest.mark.parametrize("events", [1, 7, 1_000, 50_000])
@pytest.mark.parametrize("span", [1, 150, HOUR_MILLISECONDS, 3 * DAY_MILLISECONDS + 1])
def test_all_events_happen_in_order_and_within_the_span(events: int, span: int) -> None:
    end = BEGIN_MILLISECONDS + span
    times = [at for at, _ in moments(Random(SEED), BEGIN_MILLISECONDS, end, events, [])]

    assert len(times) == events
    assert times == sorted(times)
    assert BEGIN_MILLISECONDS <= times[0] <= times[-1] < end


def test_more_happens_in_the_evening_than_at_night() -> None:
    end = BEGIN_MILLISECONDS + DAY_MILLISECONDS
    hours = Counter(
        (at - BEGIN_MILLISECONDS) // HOUR_MILLISECONDS
        for at, _ in moments(Random(SEED), BEGIN_MILLISECONDS, end, 24_000, [])
    )

    assert max(hours, key=lambda hour: hours[hour]) in (19, 20, 21)
    assert min(hours, key=lambda hour: hours[hour]) in (3, 4, 5)
    assert hours[20] > 4 * hours[4]


def test_in_a_burst_much_happens_to_one_thing_and_before_and_after_it_nothing_of_that() -> None:
    begin = BEGIN_MILLISECONDS + 12 * HOUR_MILLISECONDS
    burst = Burst(target=5, begin_milliseconds=begin, duration_milliseconds=2 * HOUR_MILLISECONDS, height=100)
    end = BEGIN_MILLISECONDS + DAY_MILLISECONDS
    happened = list(moments(Random(SEED), BEGIN_MILLISECONDS, end, 24_000, [burst]))
    times = [at for at, target in happened if target == 5]

    assert len(times) > 500
    # To the bin, which is a minute.
    assert begin - 60_000 <= times[0] <= times[-1] <= begin + 2 * HOUR_MILLISECONDS + 60_000
    assert {target for _, target in happened} == {None, 5}


def test_popularity_follows_zipf() -> None:
    draw = zipf(Random(SEED), 100, 1.0)
    counts = [count for _, count in Counter(draw() for _ in range(100_000)).most_common()]

    assert counts[0] == pytest.approx(2 * counts[1], rel=0.1)
    assert counts[0] == pytest.approx(10 * counts[9], rel=0.15)


def test_with_exponent_zero_all_are_alike() -> None:
    draw = zipf(Random(SEED), 10, 0)
    counts = Counter(draw() for _ in range(100_000))

    assert max(counts.values()) < 1.1 * min(counts.values())


def test_late_events_arrive_after_younger_ones_in_the_stated_share_and_none_is_lost() -> None:
    made = Made()
    numbers = [event["number"] for event in arrived(20_000, made, late=0.05)]

    assert sorted(numbers) == list(range(20_000))
    newest, late = -1, 0
    for number in numbers:
        late += number < newest
        newest = max(newest, number)
    assert made.late == late
    assert made.late_share == pytest.approx(0.05, rel=0.1)


def test_doubles_arrive_soon_after_the_first_time_in_the_stated_share() -> None:
    made = Made()
    numbers = [event["number"] for event in arrived(20_000, made, double=0.03)]

    first: dict[int, int] = {}
    doubles = 0
    for record, number in enumerate(numbers):
        if number in first:
            doubles += 1
            assert record - first[number] <= 2 * DOUBLE_RECORDS_MAX
        first.setdefault(number, record)
    assert len(first) == made.events == 20_000
    assert made.doubles == doubles == made.records - 20_000
    assert made.double_share == pytest.approx(0.03, rel=0.15)


def test_without_disorder_all_arrives_as_it_happened() -> None:
    made = Made()

    assert [event["number"] for event in arrived(1_000, made)] == list(range(1_000))
    assert (made.late, made.doubles) == (0, 0)


def test_ids_are_of_version_7_and_carry_the_time() -> None:
    envelope = envelopes(Random(SEED), "content")
    event = envelope("video_viewed", BEGIN_MILLISECONDS + 1_234)

    assert event["at"] == "2026-11-01T00:00:01.234Z"
    assert event["type"] == "content.video_viewed"
    assert event["id"][14] == "7"
    assert event["id"][19] in "89ab"
    assert int(event["id"].replace("-", "")[:12], 16) == BEGIN_MILLISECONDS + 1_234


def test_what_happened_in_a_place_is_forgotten_when_something_else_stands_there() -> None:
    cast = Cast(2)
    remembered = Remembered(Random(SEED), cast)
    remembered.add("first", 0)
    remembered.add("second", 1)
    cast.replace(0)

    assert remembered.take() == ("second", 1)
    assert remembered.take() is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events": 0}, "events must be 1 to 1,000,000,000, is 0"),
        ({"exponent": -0.1}, "exponent must be 0 to 3"),
        ({"exponent": float("nan")}, "exponent must be"),
        ({"bursts": 1_001}, "bursts must be 0 to 1,000"),
        ({"late": 0.51}, "late must be 0 to 0.5"),
        ({"double": -0.1}, "double must be"),
        ({"retracted": 1}, "retracted must be"),
        ({"span": timedelta(0)}, "must be more than 0"),
        ({"span": SPAN_MAX + timedelta(seconds=1)}, "at most 3,660 days"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_with_the_limit_and_the_value(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(WrongUsage, match=message):
        traffic(**options)


def test_a_time_that_no_event_may_have_is_refused() -> None:
    with pytest.raises(WrongUsage, match="must happen from 2000-01-01"):
        Traffic(1, datetime(1999, 12, 31, tzinfo=UTC), BEGIN)


@pytest.mark.parametrize(("text", "expected"), [("1%", 0.01), ("0.01", 0.01), ("0", 0), ("100%", 1)])
def test_a_share_is_written_in_percent_or_as_a_fraction(text: str, expected: float) -> None:
    assert share(text, "--late") == expected


@pytest.mark.parametrize("text", ["", "%", "one", "101%", "-1%", "nan", "sNaN", "inf", "1%%", "2"])
def test_what_is_no_share_is_refused_with_the_option(text: str) -> None:
    with pytest.raises(WrongUsage, match=r"^--late must be a share"):
        share(text, "--late")
