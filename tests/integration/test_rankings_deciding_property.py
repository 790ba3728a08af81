"""What the engine decides of random periods of system 4 is what an oracle of its own makes of the ballots."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from streams.decisions import DecisionPlace, Outcome, decide, decided_events
from streams.folds.rankings.assigning import assigning
from tests.integration.deciding import Deciding
from tests.integration.property_setting import FIRST_SEED, only_of, streams
from tests.simulation.oracle_facts import Row
from tests.simulation.random_streams import BASE_TIME
from tests.simulation.rankings_oracle import rankings_expected
from tests.simulation.rankings_oracle_deciding import congestion, least_cost, preferences
from tests.simulation.rankings_oracle_period import Period
from tests.simulation.rankings_random_streams import rankings_log

pytestmark = only_of("rankings")

STREAMS: Final = streams(8)
EVENTS: Final = 240
PARTITIONS: Final = 3
SPAN: Final = timedelta(hours=37)
TICK: Final = timedelta(microseconds=1)
WRITTEN: Final = (
    "SELECT convert_from(record_value, 'UTF8') FROM groundswell.outbox"
    " WHERE decision = 'metrics_calculated' ORDER BY part"
)


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    started = await Deciding.start(postgres, BASE_TIME + SPAN, PARTITIONS, "rankings")
    await started.has_reconciled(BASE_TIME + SPAN)
    yield started
    await started.end()


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + STREAMS))
async def test_decisions_say_what_the_ballots_say(seed: int, deciding: Deciding) -> None:
    await deciding.tell(*rankings_log(seed, events=EVENTS, partitions=PARTITIONS, with_closes=False))
    facts = rankings_expected(deciding.log.for_oracle(), PARTITIONS).facts
    await deciding.leader.tick(deciding.connection)
    calculated = {event["period_id"]: event for event in await written(deciding)}
    changed = {name for name, period in facts.periods.items() if period.changes}
    assert calculated.keys() == changed, f"seed {seed}"
    for name, event in calculated.items():
        assert [shown(topic) for topic in event["topics"]] == congestion(facts.periods[name]), f"seed {seed}"
        assert event["changes"] == facts.periods[name].changes, f"seed {seed}"
    for name in sorted(changed):
        if preferences(facts.periods[name]):
            await assert_assigned(deciding, facts.periods[name], seed)
    await deciding.relay()
    await deciding.owner.catch_up()
    again = rankings_expected(deciding.log.for_oracle(), PARTITIONS)
    assert not any(row["is_stale"] for row in again.views["periods"]), f"seed {seed}"
    assert await deciding.value("SELECT count(*) FROM rankings.periods WHERE is_stale") == 0, f"seed {seed}"


async def written(deciding: Deciding) -> list[dict[str, Any]]:
    rows = await (await deciding.connection.execute(WRITTEN)).fetchall()
    return [json.loads(text, parse_float=Decimal) for (text,) in rows]


def shown(topic: dict[str, Any]) -> Row:
    """As the oracle says it: what is left out is null."""
    names = ("topic_id", "students", "average", "standard_deviation", "percentile", "category")
    return {name: topic.get(name) for name in names}


async def assert_assigned(deciding: Deciding, period: Period, seed: int) -> None:
    """Everybody who ranks anything is in it once, no topic has more than its capacity, none costs less."""
    deciding.clock.advance(TICK)
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)
    decision = assigning(period.id, "hungarian")
    assert await decide(deciding.connection, place, decision, deciding.clock.at) is Outcome.DECIDED
    parts = await decided_events(deciding.connection, place, decision, deciding.clock.at)
    given = [row for part in parts for row in part["assignments"]]
    wanted, topics = preferences(period), period.live()
    assert [row["student_id"] for row in given] == [*wanted], f"seed {seed}"
    taken = Counter(row["topic_id"] for row in given if row.get("topic_id") is not None)
    assert all(topics[name].capacity >= count for name, count in taken.items()), f"seed {seed}"
    for row in given:
        assert row.get("position") == wanted[row["student_id"]].get(row.get("topic_id")), f"seed {seed}"
    dear = len(topics) + 1
    cost = sum(row.get("position") or dear for row in given)
    assert {part["cost"] for part in parts} == {cost}, f"seed {seed}"
    assert cost == least_cost(period), f"seed {seed}, period {period.id}"
