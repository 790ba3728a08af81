"""Decisions that fail, or take long: nothing else waits for them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from projections.postgres.connection import connect
from projections.postgres.promotion import LOCK_POSITIONS
from streams.decision_pauses import PAUSE_SECONDS_MIN, DecisionPauses
from tests.integration.content_happenings import Lives
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding, until
from tests.integration.rules_setting import AT

PARTITIONS: Final = 3
COUNTS: Final = 300
NIGHT: Final = AT.replace(hour=3) + timedelta(days=1)
BREAK: Final = b"ALTER TABLE content_g1.activity RENAME TO mislaid"
MEND: Final = b"ALTER TABLE content_g1.mislaid RENAME TO activity"
DECIDED: Final = "SELECT array_agg(DISTINCT decision ORDER BY decision) FROM groundswell.outbox"
YOUNG: Final = "SELECT count(*) FROM content_g1.sound_totals WHERE recency > 1"
WAITS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Stopwatch:
    """Stands until it is set."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is ten minutes past three in the night: leaderboards and a reconciliation are due."""
    started = await Deciding.start(postgres, NIGHT + CLOSES_AFTER, PARTITIONS, "content")
    await started.tell(*Lives(Random(13), started.clock.at, PARTITIONS).all(COUNTS))
    yield started
    await started.end()


async def test_what_fails_is_tried_again_later_and_the_others_are_decided(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Stopwatch()
    monkeypatch.setattr(deciding.leader, "_pauses", DecisionPauses("content", watch))
    await deciding.connection.execute(BREAK)
    assert await deciding.decide_all() == [NIGHT]
    assert await deciding.value(DECIDED) == ["reconciled"]
    assert "activity" in deciding.leader.failed["leaderboard_closed"]
    assert "decision_failed" in capsys.readouterr().out
    await deciding.connection.execute(MEND)
    watch.seconds = PAUSE_SECONDS_MIN - 0.1
    assert await deciding.decide_all() == [], "it pauses"
    watch.seconds = PAUSE_SECONDS_MIN
    assert await deciding.decide_all() == [NIGHT]
    assert await deciding.value(DECIDED) == ["leaderboard_closed", "reconciled"]
    assert deciding.leader.failed == {}


async def test_each_pause_is_longer_than_the_one_before(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Stopwatch()
    monkeypatch.setattr(deciding.leader, "_pauses", DecisionPauses("content", watch))
    await deciding.connection.execute(BREAK)
    tries: list[float] = []
    while watch.seconds < 100:
        await deciding.decide_all()
        if "decision_failed" in capsys.readouterr().out:
            tries.append(watch.seconds / PAUSE_SECONDS_MIN)
        watch.seconds += PAUSE_SECONDS_MIN
    assert tries == [0, 1, 3, 7, 15]


async def test_windows_and_ages_go_on_while_a_decision_takes_long(deciding: Deciding) -> None:
    """A repair waits for positions that somebody holds; a day passes meanwhile, or eight."""
    await deciding.connection.execute(b"UPDATE content_g1.creator_totals SET views = 1")
    assert await deciding.value(YOUNG) > 0
    patient = await connect(deciding.url, idle_in_transaction_session_timeout="0")
    leads: asyncio.Future[Any] | None = None
    async with patient, patient.transaction():
        await patient.execute(LOCK_POSITIONS, ("content", 1))
        leads = asyncio.ensure_future(deciding.another_leader().run())
        await until("a repair waits", lambda: deciding.value(WAITS))
        deciding.clock.advance(timedelta(days=8))

        async def is_aged() -> bool:
            return not await deciding.value(YOUNG)

        await until("rows age", is_aged)
    decided = "SELECT count(*) FROM groundswell.outbox WHERE decision = 'reconciled'"
    await until("it is reconciled", lambda: deciding.value(decided))
    leads.cancel()
    await asyncio.gather(leads, return_exceptions=True)


async def test_a_hold_is_not_forgotten_while_a_decision_fails(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it brought is looked at once the decision can be made."""
    monkeypatch.setattr(deciding.leader, "_pauses", DecisionPauses("content", Stopwatch()))
    await deciding.connection.execute(
        "INSERT INTO groundswell.holds (hold, system, released_at)"
        " VALUES (gen_random_uuid(), 'content', now() - %s::interval)",
        (HOUR,),
    )
    await deciding.connection.execute(BREAK)
    held = "SELECT count(*) FROM groundswell.holds"
    await deciding.decide_all()
    await deciding.decide_all()
    assert await deciding.value(held) == 1
    await deciding.connection.execute(MEND)
    monkeypatch.setattr(deciding.leader, "_pauses", DecisionPauses("content", Stopwatch()))
    await deciding.decide_all()
    assert await deciding.value(held) == 0
