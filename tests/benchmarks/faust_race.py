"""Contestant: the same five rollups in idiomatic Faust, over the first events of the same input.

The clock runs from the first event that an agent handles until each agent has handled all of them and the
producer of the changelogs is flushed. Before, the app has started and settled on a topic that holds a few
primer events only: on a full one the rebalances of its start count events twice. Prepared records are
appended then, within a fraction of a second. Its tables are changelog topics and memory; nothing is in
Postgres.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.benchmarks.child_process import START_SECONDS_MAX, child_process, moment
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.faust_rollups import PRIMER_PREFIX, TABLES_FILE, VARIABLES
from tests.benchmarks.log_writer import LogWriter, Record
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.rollups import EVENTS
from tests.benchmarks.rollups_input import RollupsInput, Totals
from tests.benchmarks.servers import Servers
from tests.benchmarks.usage import UsageReader

PRIMERS: Final = 80
FINISH_SECONDS_MAX: Final = 600.0
WRITE_SECONDS_MAX: Final = 60.0
WORKER: Final = ["-m", "tests.benchmarks.faust_rollups", "worker", "--loglevel", "error", "--without-web"]


@asynccontextmanager
async def faust_rollups(servers: Servers, events: int) -> AsyncIterator[Race]:
    """The records are made once; each run has topics of its own."""
    given = RollupsInput(events)
    records, totals = list(given.records()), given.totals()

    async def run() -> Measurement:
        return await _measured(servers, records, totals)

    yield run


async def _measured(servers: Servers, records: Sequence[Record], totals: Totals) -> Measurement:
    with tempfile.TemporaryDirectory(prefix="groundswell-faust-") as folder:
        async with servers.topic(EVENTS) as topic, LogWriter(servers.kafka, topic.name) as writer:
            await writer.fill(_primers(), PRIMERS)
            values = (servers.kafka, topic.name, topic.prefix, folder, str(len(records)))
            async with child_process("faust", WORKER, dict(zip(VARIABLES, values, strict=True))) as child:
                await child.told("settled", START_SECONDS_MAX)
                usage = UsageReader(servers.processes(child.pid))
                await writer.fill(records, len(records))
                began_at = moment(await child.told("first_event", START_SECONDS_MAX))
                finished_at = moment(await child.told("finished", FINISH_SECONDS_MAX))
                used = usage.since_start()
                await child.told("written", WRITE_SECONDS_MAX)
        return Measurement(
            events=len(records),
            seconds=finished_at - began_at,
            usage=used,
            differences=_table_differences(Path(folder, TABLES_FILE), totals),
        )


def _primers() -> list[Record]:
    """Events of every partition whose keys begin with PRIMER_PREFIX."""
    return [
        (
            f"{PRIMER_PREFIX}{number}",
            json.dumps(
                {
                    "type": "rollups.view",
                    "at": "2026-01-01T00:00:00Z",
                    **dict.fromkeys(("actor", "video_id", "creator_id"), f"{PRIMER_PREFIX}{number}"),
                }
            ).encode(),
        )
        for number in range(PRIMERS)
    ]


def _table_differences(file: Path, totals: Totals) -> tuple[str, ...]:
    found: tuple[str, ...] = ()
    for name, rows in json.loads(file.read_text(encoding="utf-8")).items():
        expected = {"|".join(map(str, key)): list(counts) for key, counts in totals[name].items()}
        found += differences(name, expected, rows)
    return found
