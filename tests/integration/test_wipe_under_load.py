"""A small `tests.simulation.crash_flushall`: Redis is wiped while a worker folds and readers ask."""

import secrets
from pathlib import Path
from typing import Final

import pytest

from deploy.local_stack import LocalStack
from tests.simulation.crash_flushall import WipeTest
from tests.simulation.week import Servers

RIPPLES: Final = 500
RUNS: Final = 2
REDIS_DATABASE: Final = 8


@pytest.mark.timeout(300)
async def test_redis_equals_postgres_again_after_wipes_and_no_read_fails_meanwhile(
    stack: LocalStack, postgres: str, tmp_path: Path
) -> None:
    """. At 35,000 ripples: `python -m tests.simulation.crash_flushall`."""
    redis = f"{stack.addresses.redis.rstrip('/')}/{REDIS_DATABASE}"
    servers = Servers(stack, postgres, redis, f"wipe-{secrets.token_hex(6)}", tmp_path)
    outcome = await WipeTest(servers, RIPPLES, print).run(RUNS)
    print(outcome)
    assert not outcome.failures, str(outcome)
    assert len(outcome.compared) == RUNS
    assert outcome.reads > 0
