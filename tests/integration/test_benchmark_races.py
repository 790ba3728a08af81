"""The benchmark's races over a few events, without a clock: what is measured comes to the right totals."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from events.actions import SYSTEM
from events.rankings import SYSTEM as RANKINGS
from tests.benchmarks import freshness as freshness_race
from tests.benchmarks.actions_freshness import actions_input
from tests.benchmarks.actions_race import actions_catch_up
from tests.benchmarks.freshness import freshness
from tests.benchmarks.rankings_burst import BurstSize, burst_input
from tests.benchmarks.rollups_log import RollupsLog, rollups_log
from tests.benchmarks.rollups_race import rollups
from tests.benchmarks.servers import Servers

EVENTS = 12_000
"""Enough for broken and repeated records among them."""


@pytest.fixture
def servers(kafka: str, postgres: str, redis: str) -> Servers:
    """Those of the tests."""
    return Servers(kafka, postgres, redis, None, None)


@pytest.fixture
async def log(servers: Servers) -> AsyncIterator[RollupsLog]:
    """A full topic."""
    async with rollups_log(servers, EVENTS) as log:
        yield log


async def test_two_workers_and_a_rebuild_come_to_the_totals_of_the_input(
    servers: Servers, log: RollupsLog
) -> None:
    races = rollups(servers, log)
    for name in ("rollups-2-workers", "rollups-rebuild"):
        run = await races[name]()
        assert (name, run.events, run.differences) == (name, EVENTS, ())
        assert run.usage.worker_memory_bytes_max > 0


async def test_a_total_that_is_not_the_inputs_is_told(servers: Servers, log: RollupsLog) -> None:
    key, (comments, *others) = next(iter(log.totals["creators"].items()))
    wrong = {**log.totals, "creators": {**log.totals["creators"], key: (comments + 1, *others)}}
    run = await rollups(servers, replace(log, totals=wrong))["rollups"]()
    (line,) = run.differences
    assert line.startswith(f"creators {key}: expected")


async def test_what_a_worker_decides_behind_the_input_is_no_difference(servers: Servers) -> None:
    async with actions_catch_up(servers, 4_000) as race:
        run = await race()
    assert (run.events, run.differences) == (4_000, ())


async def test_freshness_sees_every_event_in_postgres_and_in_redis(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness_race, "WARM_UP_SECONDS", 1.0)
    async with freshness(servers, SYSTEM, actions_input, 1_000, 1) as race:
        run = await race()
    assert (run.events, run.differences) == (2_000, ())
    assert run.sent_to_visible_ms is not None
    assert run.sent_to_cached_ms is not None
    assert run.sent_to_cached_ms.max > 0


async def test_bursts_of_rankings_are_followed_up_to_what_is_decided_of_them(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness_race, "WARM_UP_SECONDS", 1.0)
    size = BurstSize(students=50, topics=20, known=200)
    async with freshness(servers, RANKINGS, partial(burst_input, size), 100, 2) as race:
        run = await race()
    assert (run.events, run.differences) == (300, ())
    assert run.appended_to_visible_ms is not None
    assert run.appended_to_decided_ms is not None
    assert run.appended_to_decided_ms.max >= run.appended_to_visible_ms.p50
