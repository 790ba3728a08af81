"""Windows of now: a row is right after the flush that touched it, and the job brings those that time touches.

Nothing is compared by waiting for a minute to pass: Postgres's clock stands until it is set.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import psycopg
import pytest
from psycopg import AsyncConnection

from projections.actions.tables import RIPPLES
from projections.postgres.connection import connect
from projections.tables import Key, WindowTable
from streams import leading
from streams.housekeeping import sweep
from streams.leading import WindowListener
from tests.integration.deciding import Deciding
from tests.integration.happenings import Happenings
from tests.integration.postgres_clock import MINUTE
from tests.integration.rules_setting import AT
from tests.integration.window_rows import wrong_windows
from tests.simulation.compare import report
from tests.simulation.compare_now import now_differences
from tests.simulation.oracle import expected
from tests.simulation.random_streams import BASE_TIME, random_log

WINDOWS: Final = "SELECT (actions_1h, actions_24h)::text FROM actions_g1.ripple_trends WHERE ripple_id = 'r'"
ROWS: Final = "SELECT count(*) FROM actions_g1.ripple_trends"
DAY: Final = 1_440
MADE: Final = Happenings()


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """The clock stands at AT, in the middle of a minute."""
    started = await Deciding.start(postgres, AT + timedelta(seconds=31))
    yield started
    await started.end()


async def refresh(deciding: Deciding) -> None:
    await deciding.leader.refresh_windows(deciding.connection)


async def wrong_now(deciding: Deciding) -> list[tuple[Any, ...]]:
    return await wrong_windows(deciding.connection, deciding.engine.generation, deciding.clock.minute)


@pytest.mark.parametrize("seed", [11, 12])
async def test_every_flush_leaves_its_rows_right_and_the_job_brings_the_others(
    seed: int, postgres: str
) -> None:
    print(f"seed {seed}")
    random = Random(seed)
    deciding = await Deciding.start(postgres, BASE_TIME, partitions=2)
    owner, generation = deciding.owner, deciding.engine.generation
    waiting, compared = random_log(seed, events=500, partitions=2, with_copies=False), 0
    while waiting:
        count = random.randint(1, 40)
        deciding.append(*waiting[:count])
        del waiting[:count]
        deciding.clock.set(datetime.fromtimestamp(deciding.log.newest_ms / 1_000, UTC))
        await owner.fold(*owner.behind, records_max=100)
        touched = [(wave, ripple) for wave, ripple in owner.assignment.gathering.states[RIPPLES]]
        await owner.flush()
        wrong = await wrong_windows(deciding.connection, generation, deciding.clock.minute, touched)
        assert not wrong, f"seed {seed}: {wrong}"
        compared += len(touched)
        if random.random() < 0.4:
            await refresh(deciding)
            assert not await wrong_now(deciding), f"seed {seed}, after the job"
    await owner.catch_up()
    await refresh(deciding)
    wanted = expected(deciding.log.for_oracle(), 2)
    lines = await now_differences(deciding.connection, generation, wanted)
    await deciding.end()
    assert not lines, f"seed {seed}: {report(lines)}"
    assert compared > 100, f"seed {seed}: only {compared} rows were compared"


@pytest.mark.parametrize(
    "looks",
    [
        (0, 1, 2, 60, 61, 62, DAY, DAY + 1, DAY + 2),
        (1, 61, DAY + 1),
        (0, 60, DAY, DAY + 1),
        (0, 2, 62, DAY + 2),
        (59, 60, 61, DAY - 2, DAY, DAY + 60),
    ],
    ids=["each telling minute", "as they change", "last minutes", "a minute late", "far apart"],
)
async def test_a_minute_enters_and_leaves_the_windows_when_it_is_its_time(
    deciding: Deciding, looks: Sequence[int]
) -> None:
    """The action happens two minutes from now, as it may: it counts from the 2nd to the 61st minute, and
    to the 1,441st of the day's window."""
    start = deciding.clock.at
    await deciding.tell(MADE.acted("a", AT + 2 * MINUTE, appended=AT), MADE.boosted("b", AT))
    await refresh(deciding)
    for after in looks:
        deciding.clock.set(start + after * MINUTE)
        await refresh(deciding)
        counted = (int(2 <= after <= 61), int(2 <= after <= DAY + 1))
        assert await deciding.value(WINDOWS) == f"({counted[0]},{counted[1]})", f"{after} minutes later"
        assert not await wrong_now(deciding)


async def test_after_a_long_pause_rows_are_right_though_their_cells_are_gone(deciding: Deciding) -> None:
    """Nobody led for three days, and minute cells are swept after 26 hours: nothing tells what left when."""
    await deciding.tell(*(MADE.acted(number, AT, ripple=f"r{number}") for number in range(5)))
    await refresh(deciding)
    deciding.clock.advance(timedelta(days=3))
    await deciding.tell(MADE.acted("later", deciding.clock.at, wave="v"))
    await sweep(deciding.connection, deciding.engine, [0])
    assert await deciding.value("SELECT count(*) FROM actions_g1.activity_minutes") == 1
    await refresh(deciding)
    assert not await wrong_now(deciding)
    assert await deciding.value("SELECT sum(actions_24h) FROM actions_g1.ripple_trends") == 1


class DiesInChunk(WindowListener):
    """Its process ends in the middle of the chunk of this number."""

    def __init__(self, chunk: int) -> None:
        self._left = chunk

    async def windows_changed(
        self, connection: AsyncConnection[Any], table: WindowTable, keys: Sequence[Key]
    ) -> None:
        self._left -= 1
        if not self._left:
            await connection.close()


async def test_a_job_that_dies_between_chunks_is_done_again(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "CHUNK_ROWS", 3)
    await deciding.tell(*(MADE.acted(number, AT, ripple=f"r{number}") for number in range(10)))
    await refresh(deciding)
    deciding.clock.advance(timedelta(minutes=60))
    dying = deciding.another_leader(DiesInChunk(3))
    before = await deciding.value("SELECT as_of FROM groundswell.recalculations")
    with pytest.raises(psycopg.OperationalError, match="closed"):
        await dying.refresh_windows(await connect(deciding.url))
    assert len(await wrong_now(deciding)) == 10 - 2 * 3, "two chunks are committed, the third is not"
    assert await deciding.value("SELECT as_of FROM groundswell.recalculations") == before
    await deciding.another_leader().refresh_windows(deciding.connection)
    assert not await wrong_now(deciding)
    assert await deciding.value("SELECT as_of > %s FROM groundswell.recalculations", before)


async def test_what_is_retracted_or_deleted_leaves_the_windows_at_once(deciding: Deciding) -> None:
    both = [MADE.acted(number, AT, ripple=ripple) for number, ripple in enumerate("rs")]
    await deciding.tell(*both, MADE.acted("t", AT, wave="v"))
    await deciding.tell(MADE.took_back(0, AT))
    assert await deciding.value(WINDOWS + " AND wave_id = 'w'") == "(0,0)"
    await deciding.tell(MADE.removed(AT, "s"))
    assert await deciding.value(ROWS) == 2
    await deciding.tell(MADE.removed(AT, wave="v"))
    assert await deciding.value(ROWS) == 1
    deciding.clock.advance(timedelta(days=2))
    await refresh(deciding)
    assert await deciding.value(ROWS) == 1
    assert not await wrong_now(deciding)
