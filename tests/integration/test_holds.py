"""While a past is published nothing is decided about it; afterwards its hours close, and only its own."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

import pytest

from projections.postgres import holds
from projections.postgres.holds import LAPSE_SECONDS, Hold
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding, LeaderOfLog, until
from tests.integration.happenings import Happenings
from tests.integration.rules_setting import AT
from tests.simulation.compare import report
from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closing import expected_closes
from tests.simulation.severed_line import Cut, severed_line

MADE: Final = Happenings()
DAY: Final = timedelta(days=1)
HELD: Final = "SELECT count(*) FROM groundswell.holds"
AWAY: Final = "ALTER TABLE groundswell.holds ADD CONSTRAINT away CHECK (seen_at < '2000-01-01') NOT VALID"
BACK: Final = "ALTER TABLE groundswell.holds DROP CONSTRAINT away"
"""Between the two nobody can say that he holds."""
INDEXES: Final = "SELECT array_agg(ripple_id ORDER BY ripple_id) FROM actions_g1.impact_indexes"
AS_OF: Final = "SELECT as_of FROM groundswell.recalculations WHERE table_name = 'impact_indexes'"


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is ten minutes past AT, a whole hour."""
    started = await Deciding.start(postgres, AT + CLOSES_AFTER)
    yield started
    await started.end()


def held(deciding: Deciding) -> Hold:
    return Hold(deciding.url, ["actions"])


def past(days: int, hours: int, name: str = "past") -> list[datetime]:
    """So many hours in a row, so many days ago."""
    return [AT - days * DAY + number * HOUR for number in range(hours)]


async def tell_past(deciding: Deciding, times: list[datetime], ripple: str = "past") -> None:
    now = deciding.clock.at
    await deciding.tell(*(MADE.acted((ripple, at), at, ripple=ripple, appended=now) for at in times))


async def test_hours_close_in_order_when_the_last_hold_has_ended(deciding: Deciding) -> None:
    async with held(deciding):
        async with held(deciding):
            await tell_past(deciding, past(3, 2))
            assert await deciding.decide_all() == []
        await tell_past(deciding, past(2, 2))
        assert await deciding.decide_all() == [], "another one is still at it"
    decided = await deciding.decide_all()
    assert decided == [at + HOUR for at in past(3, 49)]
    assert await deciding.value(HELD) == 0, "gone through once, and forgotten"
    closes = await deciding.decided()
    wanted = expected_closes(deciding.log.for_oracle(), [close.hour for close in closes])
    assert not (lines := close_differences(closes, wanted)), report(lines)


async def test_a_past_before_the_newest_close_closes_its_own_hours_only(deciding: Deciding) -> None:
    """What was decided stays as it was, also where the past would have been in it."""
    await tell_past(deciding, past(1, 1), "known")
    known = await deciding.decide_all()
    assert known == [at + HOUR for at in past(1, 24)]
    before = await deciding.decided()
    async with held(deciding):
        await tell_past(deciding, past(2, 1))
        await tell_past(deciding, [AT - DAY + 5 * HOUR], "in between")
    own = [at + HOUR for at in past(2, 24)]
    # What acted five hours after "known" is active five hours longer; the last of these have not ended yet.
    assert await deciding.decide_all() == own
    after = await deciding.decided()
    assert after[:24] != before
    assert after[24:] == before
    assert after[0].entries[0].previous_rank is None
    wanted = expected_closes(deciding.log.for_oracle(), [at - HOUR for at in own])
    assert not (lines := close_differences(after[:24], wanted)), report(lines)


async def test_without_a_hold_a_past_closes_nothing_before_the_newest_close(deciding: Deciding) -> None:
    await tell_past(deciding, past(1, 1), "known")
    await deciding.decide_all()
    await tell_past(deciding, past(3, 5))
    assert await deciding.decide_all() == []


async def test_a_holder_that_is_gone_holds_for_a_minute_more(deciding: Deciding) -> None:
    await held(deciding).__aenter__()
    await tell_past(deciding, past(1, 1))
    deciding.clock.advance(timedelta(seconds=LAPSE_SECONDS - 1))
    assert await deciding.decide_all() == []
    deciding.clock.advance(timedelta(seconds=1))
    assert len(await deciding.decide_all()) == 24
    assert await deciding.value(HELD) == 0


async def test_a_holder_that_was_away_holds_again(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could not say for a minute that it is there, so that its hold was forgotten; then it goes on."""
    monkeypatch.setattr(holds, "REFRESH_SECONDS", 0.02)
    async with held(deciding):
        await deciding.connection.execute(AWAY)
        deciding.clock.advance(timedelta(seconds=LAPSE_SECONDS))
        await tell_past(deciding, past(1, 1))
        assert len(await deciding.decide_all()) == 24
        assert await deciding.value(HELD) == 0
        await deciding.connection.execute(BACK)
        await until("it says that it is there", lambda: deciding.value(HELD))
        await tell_past(deciding, past(4, 1))
        assert await deciding.decide_all() == []
    assert len(await deciding.decide_all()) == 24, "the rest of its past, and only that"
    assert await deciding.value(HELD) == 0


async def test_a_hold_that_was_forgotten_is_released_all_the_same(deciding: Deciding) -> None:
    """The holder slept to its end: what it brought since is gone through as well."""
    async with held(deciding):
        deciding.clock.advance(timedelta(seconds=LAPSE_SECONDS))
        await tell_past(deciding, past(1, 1))
        assert len(await deciding.decide_all()) == 24
        await tell_past(deciding, past(4, 1))
        assert await deciding.decide_all() == [], "nobody holds, and before the newest close nothing is due"
    assert len(await deciding.decide_all()) == 24


async def test_postgres_away_when_a_hold_should_be_released(deciding: Deciding) -> None:
    """The command ends all the same; the hold lapses."""
    async with severed_line(deciding.url) as line:
        async with Hold(line.url, ["actions"]):
            await tell_past(deciding, past(1, 1))
            line.cut(b"released_at", Cut.BEFORE)
        assert line.has_cut.is_set()
    assert await deciding.decide_all() == []
    deciding.clock.advance(timedelta(seconds=LAPSE_SECONDS))
    assert len(await deciding.decide_all()) == 24


class HoldBegins(LeaderOfLog):
    """Between its look for holds and its decisions somebody begins to publish a past."""

    async def _ends(self, topic: str) -> dict[int, int]:
        await self.publish()
        return await super()._ends(topic)

    deciding: Deciding
    hold: Hold

    async def publish(self) -> None:
        await self.hold.__aenter__()
        await tell_past(self.deciding, past(3, 1))


async def test_a_hold_that_begins_in_the_middle_of_a_look_holds(deciding: Deciding) -> None:
    async with held(deciding):
        await tell_past(deciding, past(2, 1))
    leader = deciding.another_leader()
    begins = HoldBegins.__new__(HoldBegins)
    begins.__dict__ |= leader.__dict__
    begins.deciding, begins.hold = deciding, held(deciding)
    assert await begins.decide_due(deciding.connection) == []
    assert await deciding.decided() == []
    await begins.hold.__aexit__(None, None, None)
    assert len(await deciding.decide_all()) == 48


async def test_impact_indexes_follow_a_past_and_keep_their_hour(deciding: Deciding) -> None:
    """They are calculated as of midnight each day; by command as of the hour, and after a past again."""
    midnight = AT.replace(hour=0)
    await tell_past(deciding, past(2, 1), "known")
    await deciding.leader.tick(deciding.connection)
    assert await deciding.value(INDEXES) == ["known"]
    assert await deciding.value(AS_OF) == midnight
    async with held(deciding):
        await tell_past(deciding, past(3, 1))
        await deciding.leader.tick(deciding.connection)
        assert await deciding.value(INDEXES) == ["known"]
    await deciding.decide_all()
    assert await deciding.value(INDEXES) == ["known", "past"]
    assert await deciding.value(AS_OF) == midnight
    await tell_past(deciding, [AT - HOUR], "new")
    await deciding.leader.tick(deciding.connection)
    assert await deciding.value(INDEXES) == ["known", "past"], "it is calculated daily"
    assert await deciding.leader.calculate_now(deciding.connection) == AT
    assert await deciding.value(INDEXES) == ["known", "new", "past"]
    async with held(deciding):
        await tell_past(deciding, past(4, 1), "older")
    await deciding.decide_all()
    assert await deciding.value(INDEXES) == ["known", "new", "older", "past"]
    assert await deciding.value(AS_OF) == AT
    deciding.clock.advance(DAY)
    await deciding.leader.tick(deciding.connection)
    assert await deciding.value(AS_OF) == midnight + DAY
