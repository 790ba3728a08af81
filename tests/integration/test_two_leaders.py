"""Decisions are made once, however many decide at a time, and count once, however often they are relayed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from projections.postgres.connection import BY_INDEX, connect
from streams.decisions import DecisionPlace, Outcome, decide
from streams.leading import CLOCKS_APART_MAX
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding, until
from tests.integration.happenings import Happenings
from tests.integration.rules_setting import AT
from tests.integration.writers_at_once import AT_LOCK, be_patient
from tests.simulation.compare import report
from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closing import expected_closes

MADE: Final = Happenings()
HOURS: Final = 40
LONG: Final = "x" * 280
"""An id this long makes few entries a part."""
OUTBOX: Final = (
    "SELECT array_agg((nominal_time, part, md5(record_value))::text ORDER BY 1) FROM groundswell.outbox"
)
ACTIVE: Final = "UPDATE groundswell.generations SET active = %s"


@pytest.fixture
async def deciding(postgres: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deciding]:
    """It is ten minutes past AT, a whole hour."""
    be_patient(monkeypatch)
    started = await Deciding.start(postgres, AT + CLOSES_AFTER)
    yield started
    await started.end()


@asynccontextmanager
async def another_connection(deciding: Deciding) -> AsyncIterator[AsyncConnection[Any]]:
    async with await connect(deciding.url, **BY_INDEX) as connection:
        yield connection


async def decide_hour(deciding: Deciding, connection: AsyncConnection[Any]) -> Outcome:
    """The hour up to AT is decided, as of what is there now."""
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, 1, 1_000)
    (decision,) = deciding.engine.system.decisions
    return await decide(connection, place, decision, AT)


async def test_two_leaders_at_once_write_one_set_of_decisions(deciding: Deciding) -> None:
    await deciding.tell(*(MADE.acted(n, AT - n * HOUR, ripple=f"r{n % 7}") for n in range(HOURS + 1)))
    both = [deciding.another_leader(), deciding.another_leader()]
    async with another_connection(deciding) as one, another_connection(deciding) as other:
        found: list[Any] = []
        while len(await deciding.decided()) < HOURS:
            rounds = zip(both, (one, other), strict=True)
            for decided in await asyncio.gather(*(leader.decide_due(own) for leader, own in rounds)):
                found += decided
    assert sorted(found) == [AT - n * HOUR for n in range(HOURS - 1, -1, -1)], (
        "each is decided by one of them"
    )
    closes = await deciding.decided()
    wanted = expected_closes(deciding.log.for_oracle(), [close.hour for close in closes])
    assert not (lines := close_differences(closes, wanted)), report(lines)


async def test_who_decides_later_from_more_records_adds_nothing(deciding: Deciding) -> None:
    """The second one would have more parts than the first: not one of them may be added."""
    await deciding.tell(MADE.acted("a", AT - HOUR))
    assert await decide_hour(deciding, deciding.connection) is Outcome.DECIDED
    before = await deciding.value(OUTBOX)
    at = AT - timedelta(minutes=1)
    await deciding.tell(*(MADE.acted(n, at, ripple=f"{n:03}{LONG}", wave=LONG) for n in range(100)))
    assert await decide_hour(deciding, deciding.connection) is Outcome.NOT_HERE
    assert await deciding.value(OUTBOX) == before


async def test_who_waits_for_another_to_decide_the_same_learns_that_it_is_done(deciding: Deciding) -> None:
    """Not committed when the other begins: it waits, and then has nothing to do."""
    await deciding.tell(MADE.acted("a", AT - HOUR))
    async with another_connection(deciding) as first, another_connection(deciding) as second:
        async with first.transaction():
            # What decides opens a transaction of its own, inside this one.
            await first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert await decide_hour(deciding, first) is Outcome.DECIDED
            later = asyncio.ensure_future(decide_hour(deciding, second))
            await until("it waits for the other's row", lambda: deciding.value(AT_LOCK))
        assert await later is Outcome.NOT_HERE
    assert await deciding.value("SELECT count(*) FROM groundswell.outbox") == 1


async def test_what_is_relayed_twice_is_a_duplicate(deciding: Deciding) -> None:
    """The relay dies between sending and saying so."""
    await deciding.tell(MADE.acted("a", AT - 3 * HOUR))
    await deciding.decide_all()
    for marks in (False, False, True):
        assert await deciding.relay(marks=marks) == 3
        await deciding.owner.catch_up()
    assert await deciding.relay() == 0
    assert await deciding.value("SELECT sum(duplicates) FROM groundswell.positions") == 6
    assert await deciding.value("SELECT sum(dead) FROM groundswell.positions") == 0
    assert await deciding.value("SELECT count(*) FROM actions.trending_scores") == 3


async def test_only_the_active_generation_decides(deciding: Deciding) -> None:
    await deciding.tell(MADE.acted("a", AT - HOUR))
    await deciding.connection.execute(ACTIVE, (False,))
    assert await decide_hour(deciding, deciding.connection) is Outcome.NOT_HERE
    assert await deciding.decided() == []
    await deciding.connection.execute(ACTIVE, (True,))
    assert await decide_hour(deciding, deciding.connection) is Outcome.DECIDED


async def test_who_is_replaced_in_the_middle_decides_nothing(deciding: Deciding) -> None:
    """Another generation becomes the active one between two looks of the decision, and while it waits."""
    await deciding.tell(MADE.acted("a", AT - HOUR))
    async with another_connection(deciding) as promoting, another_connection(deciding) as own:
        async with promoting.transaction():
            await promoting.execute(ACTIVE, (False,))
            decision = asyncio.ensure_future(decide_hour(deciding, own))
            await until("it waits for the other's row", lambda: deciding.value(AT_LOCK))
        assert await decision is Outcome.NOT_HERE
    assert await deciding.decided() == []


@pytest.mark.parametrize("apart", [-HOUR, HOUR], ids=["behind", "ahead"])
async def test_a_worker_whose_clock_is_wrong_decides_nothing_and_lets_another_lead(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch, apart: timedelta
) -> None:
    assert apart > CLOCKS_APART_MAX or -apart > CLOCKS_APART_MAX
    await deciding.tell(MADE.acted("a", AT - HOUR))
    wrong, right = deciding.another_leader(), deciding.another_leader()
    monkeypatch.setattr(wrong, "_clock", lambda: deciding.clock.at + apart)
    leads = asyncio.ensure_future(wrong.run())
    as_of = "SELECT count(*) FROM groundswell.recalculations WHERE table_name = 'ripple_trends'"
    await until("it leads", lambda: deciding.value(as_of))
    assert await deciding.decided() == []
    follows = asyncio.ensure_future(right.run())
    await until("the other decides", deciding.decided)
    for work in (leads, follows):
        work.cancel()
    await asyncio.gather(leads, follows, return_exceptions=True)
    assert [close.hour for close in await deciding.decided()] == [AT - HOUR], (
        "the nominal time is of the hour, not of a clock"
    )
