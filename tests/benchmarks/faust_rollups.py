"""The five rollups as Faust's own documentation would do them.

Run as `python -m tests.benchmarks.faust_rollups worker`. One agent per key: videos by the topic's own key,
creators and users through `group_by`, each with its tables, one event at a time. Tables are in memory, with
their changelog topics. What the benchmark needs beside that: the agents count what they did, and one task
tells when the app has settled, when each agent has done all events, and in the end what the tables hold.
Settings come from the variables below.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import faust

from tests.benchmarks.json_lines import tell
from tests.benchmarks.rollups import KINDS

KAFKA_VARIABLE: Final = "FAUST_ROLLUPS_KAFKA"
TOPIC_VARIABLE: Final = "FAUST_ROLLUPS_TOPIC"
PREFIX_VARIABLE: Final = "FAUST_ROLLUPS_PREFIX"
FOLDER_VARIABLE: Final = "FAUST_ROLLUPS_FOLDER"
EVENTS_VARIABLE: Final = "FAUST_ROLLUPS_EVENTS"
VARIABLES: Final = (KAFKA_VARIABLE, TOPIC_VARIABLE, PREFIX_VARIABLE, FOLDER_VARIABLE, EVENTS_VARIABLE)

TABLES_FILE: Final = "tables.json"
PARTITIONS: Final = 4
PRIMER_PREFIX: Final = "primer-"
"""Begins the ids of events that only make Faust create its topics and settle; they count in no total."""
QUIET_SECONDS: Final = 8.0
"""So long the assignment must not have changed before the app counts as settled."""
LOOK_SECONDS: Final = 0.02

KAFKA, TOPIC, PREFIX, FOLDER, EVENTS = (os.environ.get(name, "") for name in VARIABLES)

app = faust.App(
    f"{PREFIX}-faust",
    broker=f"kafka://{KAFKA}",
    store="memory://",
    datadir=FOLDER,
    topic_partitions=PARTITIONS,
    topic_replication_factor=1,
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    # More than the defaults, so that it fetches and sends in larger groups.
    broker_max_poll_records=5_000,
    producer_linger=0.02,
    producer_max_batch_size=256 * 1024,
)


class Engagement(faust.Record, serializer="json"):
    """What the rollups need of an event."""

    type: str
    at: str
    actor: str
    video_id: str
    creator_id: str


topic = app.topic(TOPIC, key_type=bytes, value_type=Engagement, partitions=PARTITIONS)


def table(name: str) -> Any:
    """Counts of each kind, by key."""
    return app.Table(name, default=lambda: [0] * len(KINDS), partitions=PARTITIONS)


TABLES: Final = {
    name: table(name) for name in ("videos", "creators", "users", "video_hours", "creator_hours")
}
COLUMN: Final = {f"rollups.{kind}": column for column, kind in enumerate(KINDS)}
counted: Final = {"videos": 0, "creators": 0, "users": 0}


def add_one(name: str, key: str, event: Engagement) -> None:
    """Counts the event in a row: read, change, set, as a Faust table wants it."""
    held = TABLES[name]
    counts = held[key]
    counts[COLUMN[event.type]] += 1
    held[key] = counts


def done(name: str, key: str) -> None:
    """Notes that an agent has handled an event."""
    if not key.startswith(PRIMER_PREFIX):
        if not any(counted.values()):
            tell("first_event")
        counted[name] += 1


@app.agent(topic)
async def by_video(events: Any) -> None:
    async for event in events:
        add_one("videos", event.video_id, event)
        add_one("video_hours", f"{event.video_id}|{hour_of(event)}", event)
        done("videos", event.video_id)


@app.agent(topic)
async def by_creator(events: Any) -> None:
    async for event in events.group_by(Engagement.creator_id, partitions=PARTITIONS):
        add_one("creators", event.creator_id, event)
        add_one("creator_hours", f"{event.creator_id}|{hour_of(event)}", event)
        done("creators", event.creator_id)


@app.agent(topic)
async def by_user(events: Any) -> None:
    async for event in events.group_by(Engagement.actor, partitions=PARTITIONS):
        add_one("users", event.actor, event)
        done("users", event.actor)


def hour_of(event: Engagement) -> int:
    """Whole hours since the first day of the year 1, as the other contestant counts them."""
    at = datetime.fromisoformat(event.at)
    return at.toordinal() * 24 + at.hour


@app.task  # type: ignore[untyped-decorator]  # as Faust has it
async def end_with_parent() -> None:
    """Ends the process when the benchmark was killed."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    os._exit(1)


@app.task  # type: ignore[untyped-decorator]  # as Faust has it
async def report() -> None:
    """Tells how far the app is."""
    await settled()
    tell("settled")
    await until_all_counted()
    # What was counted is in the changelog topics then, as it is in Postgres for the engine.
    await app.producer.flush()
    tell("finished")
    rows = {
        name: {key: counts for key, counts in held.items() if not key.startswith(PRIMER_PREFIX)}
        for name, held in TABLES.items()
    }
    await asyncio.to_thread(Path(FOLDER, TABLES_FILE).write_text, json.dumps(rows), encoding="utf-8")
    tell("written")


async def until_all_counted() -> None:
    """Waits until each agent has handled every event; looking costs the agents less than telling would."""
    while min(counted.values()) < int(EVENTS):  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)


async def settled() -> None:
    """Waits until the app's partitions have stayed the same: a rebalance would count events twice."""
    quiet_since, held = time.monotonic(), frozenset[Any]()
    while not held or time.monotonic() - quiet_since < QUIET_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        now = frozenset(app.consumer.assignment())
        if app.rebalancing or now != held:
            quiet_since, held = time.monotonic(), now


if __name__ == "__main__":
    app.main()
