"""What is a distribution, what is wrong with all else, and how three numbers become one."""

import json
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from events.codec import Codec, encode
from events.distributions import CATEGORIES, DEFAULT_HUNDREDTHS, Distribution, distributed
from events.errors import WrongUsage
from events.refusals import InvalidEvent, Refused
from events.structs import is_hot
from events.weights import WeightsSet
from tests.unit.weights_driver import BASE, weights_set, written

CODEC = Codec(system="weights")


def raw(weights: Any) -> bytes:
    """An event with these weights as a producer in any language writes it."""
    example = json.dumps(WeightsSet.example() | {"weights": "HERE"})
    return example.replace('"HERE"', weights if isinstance(weights, str) else json.dumps(weights)).encode()


def refusal(weights: Any) -> Refused:
    found = CODEC.decode(raw(weights))
    assert isinstance(found, Refused), found
    return found


@pytest.mark.parametrize(
    ("given", "hundredths"),
    [
        (written(0, 1, 0), (0, 100, 0)),
        (written("0.45", "0.30", "0.25"), (45, 30, 25)),
        (written(0.1 + 0.2, 0.7, 0), (30, 70, 0)),
        (written("0.3333333333", "0.33", "0.34"), None),
        (written("0.330000001", "0.33", "0.339999999"), (33, 33, 34)),
        (written("0.3300000010001", "0.33", "0.34"), None),
        (written("-0.0000000001", "1.000000001", "-0.0"), (0, 100, 0)),
        (written("5e-1", "0.500000000000000000000000000000000000", 0), (50, 50, 0)),
        (Distribution.of(DEFAULT_HUNDREDTHS), DEFAULT_HUNDREDTHS),
    ],
)
def test_a_number_near_a_hundredth_is_that_hundredth(
    given: Any, hundredths: tuple[int, int, int] | None
) -> None:
    if hundredths is None:
        with pytest.raises(InvalidEvent):
            WeightsSet.new(user_id="ada", weights=given, at=BASE)
        return
    event = WeightsSet.new(user_id="ada", weights=given, at=BASE)
    assert event.weights == Distribution.of(hundredths)
    assert event.weights.hundredths == hundredths
    assert all(weight.as_tuple().exponent == -2 for weight in vars_of(event.weights))


def vars_of(weights: Distribution) -> list[Decimal]:
    return [getattr(weights, name) for name in CATEGORIES]


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (written("0.5", "0.3"), "sum is 0.80; workers is missing"),
        (written("0.5", "0.5"), "workers is missing"),
        ({}, "community is missing; environment is missing; workers is missing"),
        (written("0.5", "0.5", "0.5"), "sum is 1.50"),
        (written(0, 0, 0), "sum is 0.00"),
        (
            written("0.305", "0.395", "0.3"),
            "community must be whole hundredths, is 0.305; environment must be whole hundredths, is 0.395",
        ),
        (written("0.5", "0.3", "0.1995"), "sum is 0.9995; workers must be whole hundredths, is 0.1995"),
        (
            written("1.5", "-0.3", "-0.2"),
            (
                "community must be from 0 to 1, is 1.5; environment must be from 0 to 1, is -0.3;"
                " workers must be from 0 to 1, is -0.2"
            ),
        ),
        (written(0.5, 0.5) | {"workers": "0"}, "workers must be a number, is '0'"),
        (written(0.5, 0.5) | {"workers": None}, "workers must be a number, is null"),
        (written(True, 0, 0), "community must be a number, is true"),
        (
            written("0.5", "0.3", "0.1") | {"animals": 0.1},
            "sum is 0.90; 'animals' is no category",
        ),
        (
            written("0.5", "0.3", "0.2") | dict.fromkeys("abcde", 0),
            "'a' is no category; 'b' is no category; 'c' is no category; neither are 2 more",
        ),
        (
            {"Community": 1},
            (
                "community is missing; environment is missing; workers is missing;"
                " 'Community' is no category"
            ),
        ),
        (written(10**30, 0, 0), "community must be from 0 to 1, is a whole number of 100 bits"),
        (5, "must be an object with community, environment and workers, is 5"),
        (None, "must be an object with community, environment and workers, is null"),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_told_at_once(weights: Any, reason: str) -> None:
    found = refusal(json.dumps(weights, default=float) if isinstance(weights, dict) else weights)
    assert (found.code, found.field) == ("invalid_distribution", "weights")
    assert found.reason == reason
    with pytest.raises(InvalidEvent) as refused:
        WeightsSet.new(user_id="ada", weights=weights, at=BASE)
    assert refused.value.problem == found


def test_numbers_beyond_all_limits_are_refused_and_cost_nothing() -> None:
    beyond = ("1e999999", "1e1000000", "-1e1000000", "1" * 5_000, "0." + "3" * 5_000, "1e-999999")
    for number in beyond:
        found = refusal(f'{{"community":{number},"environment":0.5,"workers":0.4}}')
        assert found.code == "invalid_distribution"
        assert len(found.reason) < 300


def test_the_canonical_form_has_two_places_and_takes_the_fast_way() -> None:
    assert is_hot(WeightsSet)
    event = WeightsSet.new(user_id="ada", weights=written(0, 1, "0.0000000001"), at=BASE)
    assert b'"weights":{"community":0.00,"environment":1.00,"workers":0.00}' in encode(event)
    assert weights_set(0, 100, 0).weights == event.weights


def test_left_out_weights_are_a_missing_field() -> None:
    document = {name: value for name, value in WeightsSet.example().items() if name != "weights"}
    found = CODEC.decode(json.dumps(document).encode())
    assert isinstance(found, Refused)
    assert (found.code, found.field) == ("missing_field", "weights")


@pytest.mark.parametrize(
    ("numbers", "hundredths"),
    [
        ((7, 7, 7), (34, 33, 33)),
        ((1, 1, 0), (50, 50, 0)),
        ((0, 0, 3), (0, 0, 100)),
        ((1, 1, 4), (17, 17, 66)),
        ((Decimal("0.005"), Decimal("0.005"), Decimal("0.99")), (1, 0, 99)),
        ((1, 10**30, 0), (0, 100, 0)),
        ((2, 2, 3), (29, 28, 43)),
    ],
)
def test_three_numbers_are_spread_by_largest_remainder(
    numbers: tuple[Any, ...], hundredths: tuple[int, int, int]
) -> None:
    assert distributed(*numbers).hundredths == hundredths


def test_random_numbers_are_spread_fairly() -> None:
    """The sum is 1, no share is a hundredth or more off, and none that got more had a smaller remainder."""
    seed = 3
    print(f"seed {seed}")
    random = Random(seed)
    for _ in range(2_000):
        numbers = [random.randrange(random.choice((3, 10, 10**6))) for _ in CATEGORIES]
        if not any(numbers):
            continue
        shares = distributed(*numbers).hundredths
        exact = [Fraction(number * 100, sum(numbers)) for number in numbers]
        assert sum(shares) == 100
        assert all(abs(share - wanted) < 1 for share, wanted in zip(shares, exact, strict=True))
        places = range(len(numbers))
        up = [place for place in places if shares[place] > exact[place]]
        down = [place for place in places if shares[place] <= exact[place]]
        for more in up:
            for less in down:
                assert (exact[more] % 1, -more) > (exact[less] % 1, -less), numbers


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0, 0, 0), "all numbers are 0"),
        ((1, -1, 1), "environment must be from 0 on, is -1"),
        ((1, 1, Decimal("NaN")), "workers must be from 0 on, is NaN"),
        ((1, 1, Decimal("Infinity")), "workers must be from 0 on"),
        ((1, Decimal("1e999999999"), 1), "at most 100 digits"),
        ((1, 1), "3 numbers, not of 2"),
    ],
)
def test_what_has_no_proportion_is_refused(numbers: tuple[Any, ...], told: str) -> None:
    with pytest.raises(WrongUsage, match=told):
        distributed(*numbers)
