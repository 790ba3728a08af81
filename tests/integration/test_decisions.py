"""Closes of hours: what is decided, when, and once; folded from the log and never again."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest

from events.decisions import decision_id
from streams import decisions, leading
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding
from tests.integration.happenings import Happenings
from tests.integration.rules_setting import AT
from tests.simulation import random_streams
from tests.simulation.compare import report
from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closing import Close, Closing, expected_closes
from tests.simulation.oracle_facts import final_facts
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_verdicts import judge
from tests.simulation.random_streams import BASE_TIME, random_log

MADE: Final = Happenings()
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
LOOKS: Final = 14
"""How often somebody decides in a random week: half a day is missed each time."""
PLACES: Final = (
    "SELECT array_agg((wave_id || '/' || ripple_id, rank, coalesce(previous_rank, 0), peak_rank)::text"
    " ORDER BY hour, rank) FROM actions_g1.trending_scores"
)
LONG: Final = "x" * 280
"""An id this long makes few entries a part."""


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is AT, a whole hour."""
    started = await Deciding.start(postgres, AT)
    yield started
    await started.end()


def hours_of(closes: list[Close]) -> list[datetime]:
    return [close.hour for close in closes]


def hours_due(deciding: Deciding, after: datetime) -> set[datetime]:
    """The hours that end after this and are to be closed by now, by the oracle."""
    partitions = deciding.log.partitions
    verdicts = judge(deciding.log.for_oracle(), partitions, DUPLICATE_WINDOW_RECORDS)
    hours = Closing(final_facts(verdicts.applied, partitions)).hours()
    return {hour for hour in hours if after < hour + HOUR <= deciding.clock.at - CLOSES_AFTER}


@pytest.mark.parametrize("seed", [41, 42])
async def test_a_random_week_closes_as_a_plain_program_says(
    seed: int, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late records, deletions, late weights and duplicates between; some decisions are folded before the next
    one is made, others only in the outbox then."""
    print(f"seed {seed}")
    monkeypatch.setattr(random_streams, "_SPAN", WEEK)
    random, partitions = Random(seed), 3
    deciding = await Deciding.start(postgres, BASE_TIME + CLOSES_AFTER, partitions)
    await deciding.tell(Happenings(partitions).acted("first", BASE_TIME - HOUR))
    assert await deciding.decide_all() == [BASE_TIME]
    instructions = random_log(seed, events=800, partitions=partitions, with_copies=False)
    wanted, newest = expected_closes(deciding.log.for_oracle(), partitions=partitions)[:1], BASE_TIME
    for look in range(1, LOOKS + 1):
        deciding.clock.set(BASE_TIME + WEEK * look / LOOKS + timedelta(minutes=random.randint(0, 59)))
        count = len(instructions) // (LOOKS + 1 - look)
        await deciding.tell(*instructions[:count])
        del instructions[:count]
        hours = hours_due(deciding, newest)
        wanted += expected_closes(deciding.log.for_oracle(), hours, partitions=partitions)
        decided = await deciding.decide_all()
        assert decided == sorted(decided), f"seed {seed}"
        newest = max(newest, *decided)
        if random.random() < 0.7:
            await deciding.relay(marks=random.random() < 0.8)
    await deciding.relay()
    await deciding.owner.catch_up()
    found = await deciding.decided()
    assert not (lines := close_differences(found, wanted)), f"seed {seed}: {report(lines)}"
    assert len(found) > 100, f"seed {seed}"
    assert await deciding.value("SELECT count(*) FROM actions.closed_hours") == len(found)
    await deciding.end()


async def test_an_hour_closes_ten_minutes_after_its_end(deciding: Deciding) -> None:
    await deciding.tell(MADE.acted("a", AT - timedelta(minutes=30)))
    deciding.clock.set(AT + CLOSES_AFTER - timedelta(microseconds=1))
    assert await deciding.decide_all() == []
    deciding.clock.set(AT + CLOSES_AFTER)
    assert await deciding.decide_all() == [AT]
    assert await deciding.decide_all() == [], "once is enough"


async def test_an_hour_waits_until_the_positions_have_passed_the_ends_of_the_log(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deciding.tell(MADE.acted("a", AT - timedelta(minutes=30)))
    deciding.clock.set(AT + CLOSES_AFTER)
    deciding.append(MADE.acted("b", AT - timedelta(minutes=20), appended=deciding.clock.at))
    monkeypatch.setattr(leading, "PASSING_SECONDS_MAX", 0.0)
    assert await deciding.decide_all() == []
    await deciding.owner.fold(0, records_max=10)
    assert await deciding.decide_all() == [], "folded is not committed"
    await deciding.owner.catch_up()
    assert await deciding.decide_all() == [AT]
    (close,) = await deciding.decided()
    assert close.entries[0].actions_1h == 2


async def test_an_hour_waits_for_work_that_is_half_done(deciding: Deciding) -> None:
    """A late weight that has reached some cells only would rank by two truths, for ever."""
    await deciding.tell(MADE.acted("a", AT - timedelta(minutes=30)))
    deciding.clock.set(AT + CLOSES_AFTER)
    await deciding.connection.execute(
        "INSERT INTO groundswell.chores"
        " VALUES ('actions', 1, 'groundswell.actions', 0, 0, 0, 0, 'reweigh', '{}')"
    )
    assert await deciding.decide_all() == []
    await deciding.connection.execute("DELETE FROM groundswell.chores")
    assert await deciding.decide_all() == [AT]


async def test_ranks_follow_the_score_and_ties_the_bytes_of_the_ids(deciding: Deciding) -> None:
    """As UTF-8 is ordered, which is neither the order of a language nor that of UTF-16."""
    tied = ["Z", "a", "é", "\ufb01", "😀"]
    at = AT - timedelta(minutes=30)
    await deciding.tell(*(MADE.acted(place, at, ripple=name) for place, name in enumerate(reversed(tied))))
    await deciding.tell(MADE.acted("v", at, wave="v"), MADE.boosted("b", at, 5, ripple="boosted"))
    deciding.clock.set(AT + CLOSES_AFTER)
    await deciding.decide_all()
    (close,) = await deciding.decided()
    names = [(entry.wave_id, entry.ripple_id) for entry in close.entries]
    assert names == [("w", "boosted"), ("v", "r"), *(("w", name) for name in tied)]
    assert [entry.rank for entry in close.entries] == [*range(1, 8)]


async def test_a_close_tells_the_rank_before_and_the_best_one(deciding: Deciding) -> None:
    """s overtakes r in the second hour; t comes in the third."""
    await deciding.tell(MADE.acted(1, AT - 3 * HOUR, ripple="r"))
    await deciding.tell(
        MADE.boosted(2, AT - 2 * HOUR, 9, ripple="s"), MADE.joined("ann", AT - HOUR, ripple="t")
    )
    deciding.clock.set(AT + CLOSES_AFTER)
    assert await deciding.decide_all() == [AT - 2 * HOUR, AT - HOUR, AT]
    await deciding.relay()
    await deciding.owner.catch_up()
    assert await deciding.value(PLACES) == [
        "(w/r,1,0,1)",
        "(w/s,1,0,1)", "(w/r,2,1,1)",
        "(w/s,1,1,1)", "(w/t,2,0,2)", "(w/r,3,2,1)",
    ]  # fmt: skip


async def test_hours_in_which_nothing_is_active_are_skipped(deciding: Deciding) -> None:
    """A ripple is active for the 24 hours after it acted; then there is silence for two days."""
    first = AT - 4 * DAY
    await deciding.tell(MADE.acted("a", first), MADE.acted("b", first + 3 * DAY, ripple="s"))
    deciding.clock.set(AT + CLOSES_AFTER)
    decided = await deciding.decide_all()
    assert decided == [first + number * HOUR for number in (*range(1, 25), *range(73, 97))]
    closes = await deciding.decided()
    assert all(len(close.entries) == 1 for close in closes)
    assert closes[24].entries[0].previous_rank is None, "another ripple was first before the silence"
    assert closes[25].entries[0].previous_rank == 1


async def test_a_later_record_never_reopens_an_hour(deciding: Deciding) -> None:
    await deciding.tell(MADE.acted("a", AT - 2 * HOUR))
    deciding.clock.set(AT + CLOSES_AFTER)
    await deciding.decide_all()
    before = await deciding.decided()
    late = [MADE.acted(n, AT - timedelta(minutes=90) - n * 5 * DAY, appended=AT + HOUR) for n in range(3)]
    await deciding.tell(*late)
    assert await deciding.decide_all() == []
    assert await deciding.decided() == before
    deciding.clock.advance(HOUR)
    assert await deciding.decide_all() == [AT + HOUR]


async def test_hours_missed_for_days_close_in_order_in_as_many_rounds_as_it_takes(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "DECISIONS_TOGETHER_MAX", 7)
    await deciding.tell(*(MADE.acted(number, AT - number * 9 * HOUR) for number in range(8)))
    deciding.clock.set(AT + CLOSES_AFTER)
    assert len(await deciding.leader.decide_due(deciding.connection)) == 7
    await deciding.decide_all()
    closes = await deciding.decided()
    assert hours_of(closes) == [AT - number * HOUR for number in range(63, 0, -1)]
    wanted = expected_closes(deciding.log.for_oracle(), hours_of(closes))
    assert not (lines := close_differences(closes, wanted)), report(lines)


async def test_a_close_ranks_as_many_ripples_as_the_setting_says(deciding: Deciding) -> None:
    at = AT - timedelta(minutes=1)
    await deciding.tell(*(MADE.boosted(n, at, n + 1, ripple=f"r{n:02}") for n in range(15)))
    deciding.clock.set(AT + CLOSES_AFTER)
    leader = deciding.another_leader(close_ripples=10)
    assert await leader.decide_due(deciding.connection) == [AT]
    (close,) = await deciding.decided()
    assert [entry.ripple_id for entry in close.entries] == [f"r{n:02}" for n in range(14, 4, -1)]


async def test_a_large_close_comes_in_parts_and_shows_when_all_are_folded(deciding: Deciding) -> None:
    at = AT - timedelta(minutes=1)
    await deciding.tell(*(MADE.acted(n, at, ripple=f"{n:03}{LONG}", wave=LONG) for n in range(150)))
    deciding.clock.set(AT + CLOSES_AFTER)
    await deciding.decide_all()
    sizes = "SELECT array_agg(octet_length(record_value)) FROM groundswell.outbox"
    assert len(parts := await deciding.value(sizes)) == 2
    assert max(parts) <= 64 * 1024
    shown = "SELECT count(*) FROM actions.trending_scores"
    await deciding.relay()
    await deciding.owner.fold(0, records_max=1)
    await deciding.owner.flush()
    assert await deciding.value(shown) == 0
    await deciding.owner.catch_up()
    assert await deciding.value(shown) == 150


async def test_a_decision_is_named_by_what_it_decides(deciding: Deciding) -> None:
    """Its id, its time and its key derive from the nominal time, never from a clock."""
    await deciding.tell(MADE.acted("a", AT - HOUR))
    deciding.clock.set(AT + timedelta(minutes=47))
    await deciding.decide_all()
    event: dict[str, Any] = await deciding.value(
        "SELECT convert_from(record_value, 'UTF8')::jsonb FROM groundswell.outbox"
        " WHERE record_key = 'decisions'"
    )
    assert event["id"] == str(decision_id("actions.hour_closed", AT, 0))
    assert (event["at"], event["actor_type"]) == ("2026-11-20T12:00:00Z", "system")
