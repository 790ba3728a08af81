"""The questions of system 1 that programs ask, on a real Postgres, over rows that the fold made."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from projections.actions.read_model import READ_MODEL
from projections.actions.reader import Reader
from projections.questions import NothingFolded
from tests.integration.stored_rows import stored
from tests.unit.actions_driver import BASE, HOUR, actions_driver, golden, logged, ripple, weight_set

TEN = BASE.replace(minute=0)


@pytest.fixture
async def crowded(postgres: str) -> AsyncIterator[tuple[Reader, list[tuple[str, datetime]]]]:
    """A reader over 300 actions of five ripples at random seconds of two days, and what they are."""
    random = Random(3)
    acts = [(random.choice("abcde"), TEN - timedelta(seconds=random.randrange(172_800))) for _ in range(300)]
    driver = actions_driver().given(*(logged(str(i), "ann", r, at=at) for i, (r, at) in enumerate(acts)))
    connection, _ = await stored(postgres, READ_MODEL, driver)
    await connection.close()
    async with Reader(postgres) as reader:
        yield reader, acts


async def test_the_top_list_counts_whole_minutes_up_to_a_time(
    crowded: tuple[Reader, list[tuple[str, datetime]]],
) -> None:
    reader, acts = crowded
    random = Random(4)
    for _ in range(25):
        until = TEN - timedelta(seconds=random.randrange(172_800))
        until = random.choice([until, until.replace(minute=59), until.replace(minute=0)])
        hours = random.choice([1, 2, 24])
        end = until.replace(second=0, microsecond=0) + timedelta(minutes=1)
        counted = Counter(name for name, at in acts if end - hours * HOUR <= at < end)
        expected = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:3]

        top = await reader.top(hours=hours, until=until, limit=3)

        assert (top.since, top.until) == (end - hours * HOUR, end)
        assert [(row.ripple_id, row.actions) for row in top.ripples] == expected
        assert [row.rank for row in top.ripples] == list(range(1, len(expected) + 1))


async def test_the_top_list_ends_with_the_newest_action_unless_told(
    crowded: tuple[Reader, list[tuple[str, datetime]]],
) -> None:
    reader, acts = crowded
    newest = max(at for _, at in acts)

    assert await reader.newest_action_at() == newest
    assert newest < (await reader.top()).until <= newest + timedelta(minutes=1)
    assert (await reader.top(wave_id="other")).ripples == []


async def test_the_reader_answers_one_row_or_none(postgres: str) -> None:
    connection, _ = await stored(postgres, READ_MODEL, golden().given(ripple(wave_id="v")))
    await connection.close()
    async with Reader(postgres) as reader:
        wave_row, user = await reader.wave("w"), await reader.user("ann")

        assert wave_row is not None
        assert wave_row.impact == Decimal(18)
        assert wave_row.allowed_buckets == ["conversation", "planning"]
        assert user is not None
        assert user.sentence == "15.5 kg of litter removed: 11 actions in 2 waves."
        assert [row.wave_id for row in await reader.ripples("r")] == ["v", "w"]
        assert [row.actions_total for row in await reader.ripples("r", wave_id="w")] == [14]
        assert await reader.wave("none") is None
        assert await reader.user("none") is None


async def test_the_reader_tells_what_a_weight_would_touch(postgres: str) -> None:
    driver = actions_driver().given(
        weight_set("cleaning", 2, TEN - HOUR),
        weight_set("cleaning", 3, TEN + 2 * HOUR),
        logged("before", at=TEN - HOUR),
        logged("a", "ann", at=TEN),
        logged("b", "bob", "s", at=TEN + HOUR),
        logged("c", "bob", "s", at=TEN + HOUR),
        logged("after", "eve", at=TEN + 2 * HOUR),
        logged("other", "eve", bucket="planning", at=TEN),
    )
    connection, _ = await stored(postgres, READ_MODEL, driver)
    await connection.close()
    async with Reader(postgres) as reader:
        reach = await reader.weight_reach("cleaning", TEN)
        unset = await reader.weight_reach("unheard of", TEN)

    assert asdict(reach) == {
        "multiplier_now": 2,
        "until": TEN + 2 * HOUR,
        "actions": 3,
        "ripples": 2,
        "users": 2,
    }
    assert asdict(unset) == {"multiplier_now": 1, "until": None, "actions": 0, "ripples": 0, "users": 0}


async def test_an_empty_database_says_how_to_go_on(postgres: str) -> None:
    async with Reader(postgres) as reader:
        with pytest.raises(NothingFolded, match="groundswell worker actions"):
            await reader.top()


async def test_before_the_first_action_the_top_list_is_empty(postgres: str) -> None:
    connection, _ = await stored(postgres, READ_MODEL)
    await connection.close()
    async with Reader(postgres) as reader:
        assert (await reader.top()).ripples == []
