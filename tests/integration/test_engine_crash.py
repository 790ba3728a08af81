"""One seed of `make crash`, smaller: workers, servers and commands are killed; every table stays exact."""

import os
from typing import Final

import pytest

from tests.simulation.crash import Extent, crash

SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))
EXTENT: Final = Extent(
    seconds=0, kills_min=10, per_second=400, random_records=1_000, command_kills=1, closing_kills=3,
    rebuilt_is_verified=False,
)  # fmt: skip


@pytest.mark.timeout(900)
def test_after_crashes_of_everything_the_tables_are_what_the_log_says() -> None:
    """Everything at once, on real processes. More, or with this seed: `make crash
    SEED=n`."""
    outcome = crash(SEED, EXTENT, print)
    print(outcome)
    assert not outcome.differences, str(outcome)
    done = outcome.done
    assert done.kills >= EXTENT.kills_min, str(outcome)
    for times in (
        done.stops, done.terminated, done.closing_kills, done.kafka_restarts, done.postgres_restarts,
        done.valkey_restarts, done.valkey_snapshots, done.valkey_wipes, done.odd_workers,
        outcome.commands.kills, outcome.closed.told,
    ):  # fmt: skip
        assert times, str(outcome)
