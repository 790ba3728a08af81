"""Simulated events of system 3: taken by the fold, and set back as they were."""

from collections import Counter
from typing import Any, Final

import msgspec

from events.codec import Codec
from events.simulation.weights import SIMULATION
from tests.unit.simulated_events import simulated
from tests.unit.weights_driver import weights_driver

EVENTS: Final = 8_000
USERS: Final = 300


def test_in_the_order_in_which_it_happens_everything_is_taken() -> None:
    events = map(msgspec.json.encode, simulated(SIMULATION, EVENTS, users=USERS, retracted=0.1))
    driver = weights_driver().given(*Codec(system="weights").decode_many(events))
    assert Counter(driver.outcomes) == {"applied": EVENTS}


def test_what_is_taken_back_is_set_as_it_was_before() -> None:
    before: dict[str, list[Any]] = {}
    for event in simulated(SIMULATION, EVENTS, users=USERS, retracted=0.3):
        if event["type"] == "weights.weights_set":
            before.setdefault(event["user_id"], []).append(event["weights"])
    again = sum(
        third == first for shares in before.values() for first, third in zip(shares, shares[2:], strict=False)
    )
    assert again > EVENTS // 10
