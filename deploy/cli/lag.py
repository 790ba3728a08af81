"""`groundswell lag`: how far the folding is behind the log."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

Place: TypeAlias = tuple[str, int]
"""Topic and partition."""

WATCH_SECONDS = 1.0
RATE_SECONDS = 0.5
"""Two looks this far apart give the rate."""


def register(app: typer.Typer) -> None:
    app.command("lag")(lag)


@dataclass(frozen=True)
class Look:
    """Everything as of one moment: rows of positions, end offsets by (topic, partition)."""

    at: float
    rows: list[dict[str, Any]]
    ends: dict[Place, int]

    def offsets(self) -> dict[Place, int]:
        """The position of each partition."""
        return {(row["topic"], row["partition"]): row["next_offset"] for row in self.rows}


class Rates:
    """Offsets a second by partition. A worker that is far behind commits every few seconds: the rate is that
    from one move of a position to the next one."""

    def __init__(self, first: Look) -> None:
        self._moved = {place: (first.at, offset) for place, offset in first.offsets().items()}
        self._rates: dict[Place, float] = {}

    def take(self, look: Look) -> None:
        """The next look."""
        for place, offset in look.offsets().items():
            moved_at, before = self._moved.get(place, (look.at, offset))
            if offset != before:
                self._rates[place] = (offset - before) / (look.at - moved_at)
                self._moved[place] = (look.at, offset)
            elif offset >= look.ends.get(place, offset):
                self._rates[place] = 0.0
                self._moved[place] = (look.at, offset)

    def of(self, place: Place) -> float | None:
        """None while it waits for a commit."""
        return self._rates.get(place)


def lag(
    watch: Annotated[bool, typer.Option("--watch", help="Show again every second until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Per partition: end, position, lag in records and seconds, rate, time left, and what became of each
    record.

    applied + duplicates + dead letters are all the records that were read.

    Example: groundswell lag --watch
    """
    rates = Rates(asyncio.run(look()))
    pause = RATE_SECONDS
    while True:
        time.sleep(pause)
        now = asyncio.run(look())
        rates.take(now)
        _print([_measured(row, rates, now) for row in now.rows], as_json)
        if not watch:
            return
        pause = WATCH_SECONDS


async def look() -> Look:
    """Asks Postgres for the positions and Kafka for the ends. Raises ServerUnreachable."""
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.errors import KafkaError

    from events.errors import ServerUnreachable
    from events.settings import settings
    from projections.operations import lag_rows

    rows = await lag_rows(settings().postgres)
    if not rows:
        # Nothing was folded yet. A consumer that is stopped as soon as it is started raises CancelledError.
        return Look(time.monotonic(), rows, {})
    consumer = AIOKafkaConsumer(bootstrap_servers=settings().kafka, enable_auto_commit=False)
    try:
        await consumer.start()
        places = [TopicPartition(row["topic"], row["partition"]) for row in rows]
        ends = await consumer.end_offsets(places) if places else {}
    except (KafkaError, OSError) as error:
        raise ServerUnreachable(
            f"Kafka at {settings().kafka} cannot be reached: {error!r}. Start the local stack with"
            " `groundswell up`, or correct GROUNDSWELL_KAFKA"
        ) from error
    finally:
        await consumer.stop()
    return Look(time.monotonic(), rows, {(tp.topic, tp.partition): end for tp, end in ends.items()})


def _measured(row: dict[str, Any], rates: Rates, now: Look) -> dict[str, Any]:
    place = (row["topic"], row["partition"])
    behind = max(0, now.ends.get(place, row["next_offset"]) - row["next_offset"])
    rate = rates.of(place)
    appended = row["last_appended_at"]
    return {
        "system": row["system"],
        "topic": row["topic"],
        "partition": row["partition"],
        "end": now.ends.get(place),
        "position": row["next_offset"],
        "lag": behind,
        "lag_seconds": _seconds_behind(behind, appended),
        "rate": None if rate is None else round(rate),
        "eta_seconds": round(behind / rate, 1) if behind and rate else None,
        "applied": row["applied"],
        "duplicates": row["duplicates"],
        "dead": row["dead"],
        "read": row["applied"] + row["duplicates"] + row["dead"],
    }


def _seconds_behind(behind: int, appended: datetime | None) -> float | None:
    """The age of the last record folded, while others wait; unknown before the first."""
    if behind == 0:
        return 0.0
    return None if appended is None else round((datetime.now(UTC) - appended).total_seconds(), 1)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if not rows and not as_json:
        console.note("nothing was folded yet: start `groundswell worker`")
        return
    right = ("partition", "end", "position", "lag", "lag_seconds", "rate", "eta_seconds")
    counts = ("applied", "duplicates", "dead", "read")
    headings = {"lag_seconds": "lag s", "rate": "per s", "eta_seconds": "ETA s", "read": "= read"}
    columns = [Column("topic"), *(Column(key, headings.get(key, ""), "right") for key in (*right, *counts))]
    console.list_rows(rows, columns, as_json=as_json)
