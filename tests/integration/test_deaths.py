"""A record that kills worker after worker stops its system, by name; whatever else kills workers does not."""

import asyncio
import json
import re
import secrets
import sys
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer

from events.settings import Settings
from projections.postgres.connection import connect
from streams.crew import ReplayStopped
from streams.deaths import CAUTIOUS_RECORDS, count_death
from streams.engine import Engine
from streams.errors import EXIT_STOP, RecordKillsWorkers
from streams.folds.actions import SYSTEM
from streams.kept_process import AFTER_DEATH
from streams.rebuild_place import Place as RebuildPlace
from streams.rebuilding import Rebuilt, rebuild
from tests.integration.generations_setting import DEADLY, publish
from tests.integration.rules_setting import action, boost, engine_on, log_of, value
from tests.integration.worker_process import PROJECT, Place, answer
from tests.simulation.engine_run import Owner, SimulatedLog

DEATHS: Final = "SELECT deaths FROM groundswell.positions WHERE partition = 0"
COMMITTED: Final = "SELECT next_offset FROM groundswell.positions WHERE partition = 0"


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await engine_on(postgres)


@pytest.fixture
def log() -> SimulatedLog:
    return log_of(boost(number) for number in range(10))


async def after_death(url: str, engine: Engine, log: SimulatedLog) -> Owner:
    """A worker that takes the place of one that died uncleanly."""
    owner = await Owner.take_over(engine, url, log, range(log.partitions))
    for partition, owned in owner.partitions.items():
        owned.highwater = log.ends[partition]
    async with await connect(url) as connection:
        await count_death(connection, engine.generation, owner.assignment)
    return owner


async def until_unwritten(owner: Owner) -> None:
    """Until something is folded that waits for its commit."""
    async with owner.assignment.changed:
        await owner.assignment.changed.wait_for(lambda: owner.has_unwritten)


async def test_three_deaths_at_one_position_stop_the_system(
    engine: Engine, postgres: str, log: SimulatedLog
) -> None:
    for deaths in (1, 2):
        await (await after_death(postgres, engine, log)).die()
        assert await value(postgres, DEATHS) == deaths
    with pytest.raises(RecordKillsWorkers, match=rf"{engine.topic}:0:0 was next.*started by hand"):
        await after_death(postgres, engine, log)
    assert await value(postgres, DEATHS) == 3


async def test_a_death_at_another_position_is_the_first_one_there(
    engine: Engine, postgres: str, log: SimulatedLog
) -> None:
    """Workers that are killed from outside and get on in between are never taken for victims of a record."""
    for deaths in (1, 2):
        owner = await after_death(postgres, engine, log)
        assert await value(postgres, DEATHS) == deaths
        await owner.die()
    owner = await Owner.take_over(engine, postgres, log, [0])
    folding = asyncio.ensure_future(owner.fold(0, records_max=1))
    await until_unwritten(owner)
    await owner.flush()
    await folding
    await owner.die()
    owner = await after_death(postgres, engine, log)
    assert await value(postgres, DEATHS) == 1
    await owner.die()


async def test_what_is_suspected_is_closed_in_on(engine: Engine, postgres: str, log: SimulatedLog) -> None:
    """What was in hand is folded again in small flushes; where none of them was committed, one by one."""
    seen = []
    for _ in range(2):
        owner = await after_death(postgres, engine, log)
        owned = owner.partitions[0]
        seen.append((owned.position, owned.cautious_until, owned.cautious_records))
        await owner.die()
    assert seen == [(0, 10, CAUTIOUS_RECORDS), (0, 10, 1)]
    owner = await Owner.take_over(engine, postgres, log, [0])
    folding = asyncio.ensure_future(owner.fold(0, records_max=10))
    for committed in (1, 2):
        await until_unwritten(owner)
        await owner.flush()
        assert await value(postgres, COMMITTED) == committed
    folding.cancel()
    await owner.die()
    owner = await after_death(postgres, engine, log)
    owned = owner.partitions[0]
    assert (owned.position, owned.cautious_until, owned.cautious_records) == (2, 3, 1)
    await owner.die()


async def test_caution_ends_where_nothing_is_suspected_any_more(
    engine: Engine, postgres: str, log: SimulatedLog
) -> None:
    owner = await after_death(postgres, engine, log)
    folding = asyncio.ensure_future(owner.fold(0, records_max=10))
    await until_unwritten(owner)
    await owner.flush()
    await folding
    assert not owner.assignment.is_cautious
    assert await value(postgres, COMMITTED) == 10
    await owner.die()


async def test_the_partitions_beside_a_deadly_record_go_on(engine: Engine, postgres: str) -> None:
    """Successors begin at opposite ends, so that only one partition's position stays where it was."""
    log = log_of((boost(number, wave=f"w{number}") for number in range(40)), partitions=3)
    first = []
    for _ in range(2):
        owner = await after_death(postgres, engine, log)
        folding = asyncio.ensure_future(owner.fold(0, 1, 2, records_max=5))
        await until_unwritten(owner)
        first.append(sorted(owner.assignment.gathering.moves))
        folding.cancel()
        await owner.die()
    assert sorted(first) == [[0], [2]]


async def test_where_no_record_waits_nothing_is_counted(
    engine: Engine, postgres: str, log: SimulatedLog
) -> None:
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.catch_up()
    await owner.die()
    for _ in range(4):
        await (await after_death(postgres, engine, log)).die()
    assert await value(postgres, DEATHS) == 0


async def test_a_worker_counts_the_death_of_the_one_before(
    engine: Engine, kafka: str, postgres: str, redis: str, tmp_path: Path
) -> None:
    """The supervisor tells it by its environment."""
    place = Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home")
    await asyncio.to_thread(publish, place, [action("one", wave="w0")])
    async with await connect(postgres) as connection:
        await connection.execute(
            "INSERT INTO groundswell.positions (system, generation, topic, partition, deaths, died_at)"
            " SELECT 'actions', 1, %s, n, 2, 0 FROM generate_series(0, 1) n",
            (place.topic,),
        )
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streams.worker", "actions", env=place.environment | {AFTER_DEATH: "1"},
        cwd=PROJECT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await worker.communicate()
    assert worker.returncode == EXIT_STOP, said.decode()
    (ends,) = (json.loads(line) for line in said.splitlines() if b'"worker_ends"' in line)
    assert ends["code"] == "record_kills_workers"
    assert re.search(rf"when {place.topic}:[01]:0 was next", ends["error"])


def test_a_deadly_record_stops_the_system_with_its_place(
    kafka: str, postgres: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Real processes die until it is clear which record kills them; mended, they go on by hand."""
    settings = Settings(
        kafka_address=kafka, postgres_address=postgres, topic_prefix=f"test-{secrets.token_hex(6)}"
    )
    place = Place(kafka, postgres, "", settings.topic_prefix, tmp_path / "home")
    good = [action(number, wave=f"w{number % 5}") for number in range(40)]
    published = publish(place, [*good[:20], action("deadly", wave="w0", note=DEADLY), *good[20:]])

    def rebuilt(*command: str) -> Rebuilt:
        here = RebuildPlace(SYSTEM, settings, workers=1, command=command or None)
        return asyncio.run(rebuild(here, lambda folded, total: None))

    with pytest.MonkeyPatch.context() as patch:
        for name, setting in place.environment.items():
            patch.setenv(name, setting)
        with pytest.raises(ReplayStopped):
            rebuilt(sys.executable, "-m", "tests.integration.fragile_replay")
        said = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
        (ends,) = (line for line in said if line["event"] == "worker_ends")
        assert ends["code"] == "record_kills_workers"
        partition, offset = asyncio.run(where_deadly(place))
        assert f"when {place.topic}:{partition}:{offset} was next" in ends["error"]
        query = "SELECT partition || ':' || next_offset FROM groundswell.positions WHERE deaths = 3"
        assert answer(postgres, query) == f"{partition}:{offset}"
        assert rebuilt().was_resumed
    applied = "SELECT sum(applied)::int FROM groundswell.positions"
    assert answer(postgres, applied) == published


async def where_deadly(place: Place) -> tuple[int, int]:
    """Where the log holds the deadly record."""
    consumer = AIOKafkaConsumer(place.topic, bootstrap_servers=place.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        while True:
            for place_of, records in (await consumer.getmany(timeout_ms=1_000)).items():
                for record in records:
                    if DEADLY.encode() in (record.value or b""):
                        return place_of.partition, record.offset
    finally:
        await consumer.stop()
