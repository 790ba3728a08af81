"""Bad records straight into the topic, a real worker over them, and what `lag` and `dead-letters` tell."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local_stack import LocalStack
from events.catalogue import default_catalogue
from events.topics import ensure_topics
from tests.integration.bad_records import (
    PARTITION,
    PARTITIONS,
    WAVE,
    BadRecord,
    bad_records,
    line,
    wave_with_buckets,
)
from tests.integration.worker_process import Place, answer, own_place, supervised

BAD: Final = bad_records()
GOOD: Final = [line(100 + number) for number in range(len(BAD) + 1)]
TWICE: Final = 3
"""So many of the good ones are sent again."""
REQUEST_BYTES_MAX: Final = 2 << 20
ACTIONS: Final = "SELECT coalesce(sum(actions_total), 0)::int FROM actions.ripple_counters"


@dataclass(frozen=True)
class Run:
    """A worker has folded the good and the bad; ``offsets`` are those of the bad ones, in order."""

    place: Place
    offsets: list[int]

    def answer(self, *arguments: str) -> Any:
        """What a command that succeeds prints as JSON."""
        ended = self.place.run(*arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def place_of(self, bad: BadRecord) -> str:
        return f"{self.place.topic}:{bad.partition}:{self.offsets[BAD.index(bad)]}"


@pytest.fixture(scope="module")
def place(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One database and one topic for all tests of this file."""
    with own_place(stack, tmp_path_factory.mktemp("operations") / "home", PARTITIONS) as place:
        yield place


async def append_raw(place: Place) -> list[int]:
    """The wave, then good and bad records in turn, past the publisher's checks; some good ones again."""
    systems = default_catalogue().systems.values()
    await ensure_topics(place.kafka, systems, PARTITIONS, topic_prefix=place.topic_prefix)
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka, acks="all", max_request_size=REQUEST_BYTES_MAX)
    await producer.start()
    offsets = []

    async def append(value: bytes | None, partition: int = PARTITION) -> int:
        sent = await producer.send_and_wait(place.topic, value, key=WAVE.encode(), partition=partition)
        return int(sent.offset)

    try:
        await append(wave_with_buckets())
        for good, bad in zip(GOOD, BAD, strict=False):
            await append(good)
            offsets.append(await append(bad.value, bad.partition))
        for good in (GOOD[-1], *GOOD[:TWICE]):
            await append(good)
    finally:
        await producer.stop()
    return offsets


@pytest.fixture(scope="module")
def run(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Run:
    offsets = asyncio.run(append_raw(place))
    with supervised(place, tmp_path_factory.mktemp("operations") / "worker.log") as worker:
        worker.until_read(1 + len(GOOD) + TWICE + len(BAD))
    return Run(place, offsets)


def test_every_record_is_applied_a_duplicate_or_dead_and_the_partition_goes_on(run: Run) -> None:
    rows = run.answer("lag")
    assert [row["partition"] for row in rows] == [*range(PARTITIONS)]
    for row in rows:
        assert (row["topic"], row["lag"], row["lag_seconds"]) == (run.place.topic, 0, 0.0)
        assert row["applied"] + row["duplicates"] + row["dead"] == row["read"]
        assert row["read"] == row["position"] == row["end"], "every offset of this topic is a record"
    assert sum(row["applied"] for row in rows) == 1 + len(GOOD)
    assert sum(row["duplicates"] for row in rows) == TWICE
    assert sum(row["dead"] for row in rows) == len(BAD)
    assert answer(run.place.postgres, ACTIONS) == len(GOOD)


def test_each_bad_record_is_a_dead_letter_with_its_kind_and_code(run: Run) -> None:
    with psycopg.connect(run.place.postgres) as connection:
        found = {
            (partition, offset): (kind, code, value)
            for partition, offset, kind, code, value in connection.execute(
                "SELECT partition, record_offset, kind, code, record_value FROM groundswell.dead_letters"
            )
        }
    for bad, offset in zip(BAD, run.offsets, strict=True):
        assert found.pop((bad.partition, offset)) == (bad.kind, bad.code, bad.value), bad.name
    assert found == {}


def test_dead_letters_are_listed_by_reason(run: Run) -> None:
    groups = run.answer("dead-letters", "list")
    assert sum(group["records"] for group in groups) == len(BAD)
    assert {(group["kind"], group["code"]) for group in groups} == {(bad.kind, bad.code) for bad in BAD}
    refused = run.answer("dead-letters", "list", "--kind", "refused", "--code", "invalid_field")
    assert sum(group["records"] for group in refused) == sum(bad.code == "invalid_field" for bad in BAD)
    assert run.answer("dead-letters", "list", "--kind", "failed") == []
    table = run.place.run("dead-letters", "list").stdout
    assert all(group["fingerprint"] in table for group in groups)


def test_a_dead_letter_is_shown_by_its_fingerprint_and_by_its_place(run: Run) -> None:
    (group,) = run.answer("dead-letters", "list", "--code", "bucket_not_allowed")
    (bad,) = [bad for bad in BAD if bad.code == "bucket_not_allowed"]
    (shown,) = run.answer("dead-letters", "show", group["fingerprint"])
    assert shown["place"] == group["newest"] == run.place_of(bad)
    assert "planning" in shown["reason"]
    assert bad.value is not None
    assert json.loads(shown["value"]) == json.loads(bad.value)
    assert run.answer("dead-letters", "show", shown["place"]) == [shown]
    text = run.place.run("dead-letters", "show", shown["place"]).stdout
    assert shown["place"] in text
    assert shown["reason"] in text


@pytest.mark.parametrize(
    "name", ["bytes that are no text", "hidden escapes", "escape in an id", "NUL in a text"]
)
def test_what_a_record_holds_never_reaches_the_terminal_raw(run: Run, name: str) -> None:
    """A value may hold what commands a terminal; what is shown is text on lines of its own."""
    (bad,) = [bad for bad in BAD if bad.name == name]
    ended = run.place.run("dead-letters", "show", run.place_of(bad), text=False)
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout.decode()
    assert [character for character in shown if not (character.isprintable() or character == "\n")] == []
    listed = run.place.run("dead-letters", "list", text=False).stdout.decode()
    assert [character for character in listed if not (character.isprintable() or character == "\n")] == []


def test_a_long_value_is_cut_and_says_so(run: Run) -> None:
    (bad,) = [bad for bad in BAD if bad.name == "over 64 KiB"]
    (shown,) = run.answer("dead-letters", "show", run.place_of(bad))
    assert len(shown["value"]) < 3_000
    assert shown["value"].endswith("more characters)")


@pytest.mark.parametrize(
    ("which", "code", "says"),
    [
        ("0123456789ab", 1, "no dead letter is called '0123456789ab'"),
        ("groundswell.actions:0:99999", 1, "no dead letter is called"),
        ("groundswell.actions:zero:1", 2, "TOPIC:PARTITION:OFFSET"),
    ],
)
def test_a_dead_letter_that_is_not_there_is_a_clear_error(run: Run, which: str, code: int, says: str) -> None:
    ended = run.place.run("dead-letters", "show", which)
    assert ended.returncode == code
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert ended.stdout == ""


def test_a_kind_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    ended = run.place.run("dead-letters", "list", "--kind", "wrong")
    assert ended.returncode == 2
    assert "choose broken, refused or failed" in ended.stderr


def test_publish_refuses_the_same_lines_and_sends_the_good_ones(place: Place, tmp_path: Path) -> None:
    """Into another topic: each bad line is told with its number, its field and the reason."""
    other = Place(place.kafka, place.postgres, place.redis, f"{place.topic_prefix}-lines", place.home)
    lines = [bad for bad in BAD if bad.is_line]
    file = tmp_path / "events.ndjson"
    pairs = zip(GOOD, lines, strict=False)
    file.write_bytes(b"".join(value + b"\n" for good, bad in pairs for value in (good, bad.value or b"")))
    ended = other.run("publish", str(file), "--json")
    assert ended.returncode == 1
    report = json.loads(ended.stdout)
    assert (report["published"], report["bad_lines"]) == (len(lines), len(lines))
    told = ended.stderr.splitlines()
    for number, (bad, problem) in enumerate(zip(lines, report["problems"], strict=True), start=1):
        assert (problem["line"], problem["code"]) == (2 * number, bad.code), bad.name
        assert problem["reason"], bad.name
        assert problem["field"] == (bad.field if bad.kind == "refused" else None), bad.name
        (said,) = [text for text in told if text.startswith(f"line {2 * number}: ")]
        assert bad.field in said, bad.name
