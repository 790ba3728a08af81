"""A small `make week`: a week that is folded live under kills, rebuilt, promoted and rolled back."""

import os
import secrets
from pathlib import Path
from typing import Final

import pytest

from deploy.local_stack import LocalStack
from tests.simulation.week import Servers, Week

SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))
EVENTS: Final = 2_500
REDIS_DATABASE: Final = 9


@pytest.mark.timeout(600)
async def test_a_week_that_was_folded_live_is_rebuilt_without_a_difference_and_readers_never_see_less(
    stack: LocalStack, postgres: str, tmp_path: Path
) -> None:
    """Together. Longer, or with this seed: `make week SEED=n`."""
    redis = f"{stack.addresses.redis.rstrip('/')}/{REDIS_DATABASE}"
    servers = Servers(stack, postgres, redis, f"week-{secrets.token_hex(6)}", tmp_path)
    outcome = await Week(servers, SEED, EVENTS, print, is_whole=False).run()
    print(outcome)
    assert not outcome.differences, str(outcome)
    assert outcome.records >= EVENTS, str(outcome)
    assert outcome.kills, str(outcome)
    assert outcome.closed.told, str(outcome)
    assert outcome.reads, str(outcome)
