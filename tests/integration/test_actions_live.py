"""Lists of the last hour and day against a plain count: windows stored as of now, or earlier, or never."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest

from projections.actions.answers import Span
from projections.actions.read_model import READ_MODEL
from projections.actions.reader import Reader
from projections.actions.tables import RIPPLE_TRENDS
from projections.postgres.recalculation import recompute_all
from tests.integration.postgres_clock import MINUTE, PostgresClock
from tests.integration.stored_rows import stored
from tests.unit.actions_driver import BASE, actions_driver, logged

SPANS: tuple[tuple[Span, int], ...] = (("1h", 60), ("24h", 1_440))
Acts = Sequence[tuple[str, datetime]]


def counted(acts: Acts, minute: datetime, minutes: int, limit: int) -> list[tuple[str, int]]:
    """Ripples by their actions in the minutes that end with this one."""
    begin, end = minute - (minutes - 1) * MINUTE, minute + MINUTE
    count = Counter(name for name, at in acts if begin <= at < end)
    return sorted(count.items(), key=lambda item: (-item[1], item[0]))[:limit]


def random_acts(random: Random, ripples: int, together_max: int) -> Acts:
    """Actions close to the edges of the windows, some a few minutes ahead; up to so many in one minute."""
    edges = [0, 60, 1_440]
    acts: list[tuple[str, datetime]] = []
    while len(acts) < 200:
        minute = BASE - (random.choice(edges) + random.randrange(-4, 40)) * MINUTE
        act = (f"r{random.randrange(ripples):02}", minute + timedelta(seconds=30))
        acts += [act] * random.randint(1, together_max)
    return acts


@pytest.mark.parametrize(
    ("seed", "ripples", "together_max", "is_led"),
    [(1, 30, 1, True), (2, 30, 1, True), (3, 12, 7, True), (4, 12, 7, True), (5, 30, 1, False)],
    ids=["ties", "more ties", "bursts", "more bursts", "never led"],
)
async def test_the_lists_of_the_last_minutes_are_right_at_any_minute(
    postgres: str, seed: int, ripples: int, together_max: int, is_led: bool
) -> None:
    """The leader goes through the windows once, or never, and is away from then on."""
    print(f"seed {seed}")
    random = Random(seed)
    acts = random_acts(random, ripples, together_max)
    clock = PostgresClock.install(postgres, BASE)
    driver = actions_driver().given(*(logged(str(i), "ann", r, at=at) for i, (r, at) in enumerate(acts)))
    connection, generation = await stored(postgres, READ_MODEL, driver)
    async with connection, Reader(postgres) as reader:
        if is_led:
            await recompute_all(connection, generation, RIPPLE_TRENDS)
        for later in (0, 1, 2, 5, 30, 59, 60, 61, 90):
            clock.set(BASE + later * MINUTE)
            for span, minutes in SPANS:
                for limit in (1, 5, 100):
                    found = await reader.live(span, limit=limit)
                    actions = [row.actions_1h if span == "1h" else row.actions_24h for row in found]
                    listed = list(zip((row.ripple_id for row in found), actions, strict=True))
                    wanted = counted(acts, clock.at, minutes, limit)
                    assert listed == wanted, f"seed {seed}: {span}, {later} minutes later, first {limit}"
                    assert [row.rank for row in found] == [*range(1, len(wanted) + 1)]
