"""Contestants: the five rollups in Kafka Streams, exactly once and at least once, over the same topic.

Written and tuned to be as fast as Kafka Streams gets (`kafka_streams/src/`): two threads, stores in memory
behind caches that hold every row, a repartition topic only for the keys that are not the input's own, values
of five bytes there, lz4, large batches. Its changelogs are in Kafka, nothing is in Postgres; it knows no
duplicates, so that repeated events count twice in it and are expected to.

The clock runs from the first event counted, after the application has settled, until everything is counted
and committed. In `details`: `start_seconds` from the start of the process to that first event (the JVM's
start, rebalances and settling), `warm_events_per_second` the rate of the second half of the counting, when
the code is compiled. What it came to is read from its changelogs afterwards, committed records only, by a
process of its own.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process, moment
from tests.benchmarks.contest import Absent, Race, Races
from tests.benchmarks.differences import differences
from tests.benchmarks.kafka_streams_build import Program, build
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.rollups_input import Totals
from tests.benchmarks.rollups_log import RollupsLog
from tests.benchmarks.servers import Servers
from tests.benchmarks.usage import UsageReader

GUARANTEES: Final = {
    "kafka-streams": "exactly_once_v2",
    "kafka-streams-at-least-once": "at_least_once",
}
"""By contestant's name, as Kafka Streams calls them."""

COUNTERS: Final = 3
"""It counts each event for its video, its creator and its user."""
FINISH_SECONDS_MAX: Final = 900.0
READ_SECONDS_MAX: Final = 300.0
# Two cores are few for a collector that works beside the program. A fixed heap spares it growing.
JAVA_OPTIONS: Final = (
    "-XX:+UseParallelGC",
    "-Xms1g",
    "-Xmx1g",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
)


@asynccontextmanager
async def kafka_streams(servers: Servers, log: RollupsLog, chosen: Iterable[str]) -> AsyncIterator[Races]:
    """Built once; each run is a new application, which consumes the topic from its beginning."""
    names = [name for name in chosen if name in GUARANTEES]
    with tempfile.TemporaryDirectory(prefix="groundswell-kafka-streams-") as folder:
        program = await build(Path(folder)) if names else Absent("not asked for")
        yield {name: _race(servers, log, program, GUARANTEES[name]) for name in names}


def _race(servers: Servers, log: RollupsLog, program: Program | Absent, guarantee: str) -> Race | Absent:
    if isinstance(program, Absent):
        return program
    contestant = _Contestant(servers, log, program, guarantee)
    return contestant.run


@dataclass(frozen=True, slots=True)
class _Contestant:
    servers: Servers
    log: RollupsLog
    program: Program
    guarantee: str

    async def run(self) -> Measurement:
        application = f"{self.log.topic.prefix}-streams-{secrets.token_hex(4)}"
        with tempfile.TemporaryDirectory(prefix="groundswell-kafka-streams-") as folder:
            try:
                measured = await self._measured(application, folder)
                rows = Path(folder, "rows.json")
                async with self._java("CommittedRows", self.servers.kafka, application, str(rows)) as reader:
                    await reader.ended(READ_SECONDS_MAX)
            finally:
                await self.servers.remove_topics(application)
            found = _table_differences(rows, self.log.totals_repeated)
        return replace(measured, differences=measured.differences + found)

    async def _measured(self, application: str, folder: str) -> Measurement:
        outcome = self.log.outcome
        counted = outcome.applied + outcome.duplicates
        arguments = (self.servers.kafka, self.log.topic.name, application, str(counted), self.guarantee)
        started_at = time.time()
        async with self._java("RunRollups", *arguments, folder) as child:
            await child.told("settled", START_SECONDS_MAX)
            usage = UsageReader(self.servers.processes(child.pid))
            began = await child.told("began", START_SECONDS_MAX)
            warm = await child.told("warm", FINISH_SECONDS_MAX)
            finished = await child.told("finished", FINISH_SECONDS_MAX)
            used = usage.since_start()
        counted_warm = counted - warm["counted"] / COUNTERS
        return Measurement(
            events=counted,
            seconds=moment(finished) - moment(began),
            usage=used,
            differences=differences("records", {"broken": outcome.dead}, {"broken": finished["broken"]}),
            details={
                "start_seconds": moment(began) - started_at,
                "warm_events_per_second": counted_warm / (moment(finished) - moment(warm)),
            },
        )

    def _java(self, main_class: str, *arguments: str) -> AbstractAsyncContextManager[ChildProcess]:
        program = self.program
        options = [*JAVA_OPTIONS, "-cp", program.classpath, main_class, *arguments]
        return child_process(f"Kafka Streams ({main_class})", options, {}, program=program.java)


def _table_differences(file: Path, totals: Totals) -> tuple[str, ...]:
    found: tuple[str, ...] = ()
    rows = json.loads(file.read_text(encoding="utf-8"))
    for name, expected in totals.items():
        by_text = {"|".join(map(str, key)): list(counts) for key, counts in expected.items()}
        found += differences(name, by_text, rows[name])
    return found
