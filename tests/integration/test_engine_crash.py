"""One seed of `make crash`: workers and servers are killed, stopped and cut off; every table stays exact."""

import os
from typing import Final

import pytest

from tests.simulation.crash import KILLS_MIN, crash

SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))


@pytest.mark.timeout(900)
def test_after_crashes_of_everything_the_tables_are_what_the_log_says() -> None:
    """Rules 2, 3, 14 and 18 together, on real processes. Longer, or with this seed: `make crash SEED=n`."""
    outcome = crash(seed=SEED, seconds=0, kills_min=KILLS_MIN, say=print)
    print(outcome)
    assert not outcome.differences, str(outcome)
    assert outcome.done.kills >= KILLS_MIN, str(outcome)
    assert outcome.done.stops, str(outcome)
    assert outcome.done.terminated, str(outcome)
    assert outcome.done.kafka_restarts, str(outcome)
    assert outcome.done.postgres_restarts, str(outcome)
