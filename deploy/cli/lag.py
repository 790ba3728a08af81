"""`groundswell lag`: how far the folding is behind the log."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

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
    ends: dict[tuple[str, int], int]


def lag(
    watch: Annotated[bool, typer.Option("--watch", help="Show again every second until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Per partition: end, position, lag in records and seconds, rate, time left, and what became of each
    record.

    applied + duplicates + dead letters are all the records that were read.

    Example: groundswell lag --watch
    """
    before = asyncio.run(look())
    pause = RATE_SECONDS
    while True:
        time.sleep(pause)
        now = asyncio.run(look())
        _print(measured(before, now), as_json)
        if not watch:
            return
        before, pause = now, WATCH_SECONDS


async def look() -> Look:
    """Asks Postgres for the positions and Kafka for the ends. Raises ServerUnreachable."""
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.errors import KafkaError

    from events.errors import ServerUnreachable
    from events.settings import settings
    from projections.operations import lag_rows

    rows = await lag_rows(settings().postgres)
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


def measured(before: Look, now: Look) -> list[dict[str, Any]]:
    """One row per partition. The rate is in offsets a second between the two looks."""
    earlier = {(row["topic"], row["partition"]): row["next_offset"] for row in before.rows}
    return [_measured(row, earlier, before, now) for row in now.rows]


def _measured(
    row: dict[str, Any], earlier: dict[tuple[str, int], int], before: Look, now: Look
) -> dict[str, Any]:
    place = (row["topic"], row["partition"])
    behind = max(0, now.ends.get(place, row["next_offset"]) - row["next_offset"])
    rate = (row["next_offset"] - earlier.get(place, row["next_offset"])) / (now.at - before.at)
    appended = row["last_appended_at"]
    return {
        "system": row["system"],
        "topic": row["topic"],
        "partition": row["partition"],
        "end": now.ends.get(place),
        "position": row["next_offset"],
        "lag": behind,
        "lag_seconds": _seconds_behind(behind, appended),
        "rate": round(rate),
        "eta_seconds": round(behind / rate, 1) if behind and rate > 0 else None,
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
