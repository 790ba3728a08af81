"""What is fetched and not folded is bounded, and a revocation lets go of it."""

import pytest

from streams import credit as limits
from streams.credit import Credit


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CREDIT_WAIT_SECONDS", 0.01)


async def test_the_next_fetch_waits_until_the_one_before_is_folded() -> None:
    credit = Credit()
    assert await credit.wait()
    credit.take(1_000)
    assert not await credit.wait()
    credit.give_back(400)
    assert not await credit.wait()
    credit.give_back(600)
    assert await credit.wait()


async def test_a_revocation_gives_everything_back() -> None:
    credit = Credit()
    credit.take(1_000)
    credit.reset()
    assert await credit.wait()
    assert credit.taken_bytes == 0
