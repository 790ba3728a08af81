"""The full topic over which contestants do the five rollups, and what each of them must come to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.benchmarks.disturbance import Outcome, disturbed, repeated
from tests.benchmarks.log_writer import Ends, LogWriter
from tests.benchmarks.rollups import EVENTS
from tests.benchmarks.rollups_input import RollupsInput, Totals
from tests.benchmarks.servers import Servers, Topic


@dataclass(frozen=True, slots=True)
class RollupsLog:
    """``totals`` count each event once; ``totals_repeated`` count it as often as it was appended."""

    topic: Topic
    outcome: Outcome
    ends: Ends
    totals: Totals
    totals_repeated: Totals


@asynccontextmanager
async def rollups_log(servers: Servers, events: int) -> AsyncIterator[RollupsLog]:
    """Fills a topic of its own with so many events, and the few repeated and broken records among them."""
    given = RollupsInput(events)
    outcome = Outcome()
    async with servers.topic(EVENTS) as topic:
        async with LogWriter(servers.kafka, topic.name) as writer:
            ends = await writer.fill(disturbed(given.records(), outcome), events)
        yield RollupsLog(topic, outcome, ends, given.totals(), given.totals(repeated(events)))
