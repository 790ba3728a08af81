"""Records that must not count, each with the verdict that it must get, and good ones to put around them."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from events.partitioning import partition_of

WAVE: Final = "clean-coast"
PARTITIONS: Final = 2
PARTITION: Final = partition_of(WAVE, PARTITIONS)
BROKER_BYTES: Final = 1_048_000
"""As large as the broker takes, with what Kafka itself adds to a record."""
EVENT_BYTES_MAX: Final = 65_536
NOW: Final = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class BadRecord:
    """What a record holds, and the dead letter that it must become.

    ``field`` is what `publish` must name when it is given the same line; empty where only the fold can know.
    """

    name: str
    value: bytes | None
    kind: str
    code: str
    field: str = ""
    partition: int = PARTITION

    @property
    def is_line(self) -> bool:
        """Whether a publisher that reads lines refuses it."""
        return bool(self.field)


def event(number: int, **changes: Any) -> dict[str, Any]:
    """An action of the wave, with these changes."""
    fields = {
        "id": f"01938f7e-5c00-7a3b-9d2e-{number:012x}",
        "type": "actions.action_logged",
        "v": 1,
        "at": (NOW - timedelta(minutes=5)).isoformat(),
        "actor": "ann",
        "wave_id": WAVE,
        "ripple_id": "beach-day",
        "action_id": f"action-{number}",
        "bucket": "cleaning",
    }
    return fields | changes


def line(number: int, **changes: Any) -> bytes:
    """The same as a publisher writes it."""
    return json.dumps(event(number, **changes)).encode()


def wave_with_buckets() -> bytes:
    """The wave, announced: it takes actions of one bucket only."""
    fields = event(1_000_000, type="actions.wave_created", title="Clean coast", allowed_buckets=["cleaning"])
    for name in ("ripple_id", "action_id", "bucket"):
        del fields[name]
    return json.dumps(fields).encode()


def bad_records() -> list[BadRecord]:
    """One of each kind, with ids from 1 on."""
    large = line(3, note="x" * EVENT_BYTES_MAX)
    return [
        BadRecord("malformed line", b'{"id": "01938f7e", "type": ', "broken", "not_json", "not JSON"),
        BadRecord("unknown type", line(2, type="actions.wave_exploded"), "refused", "unknown_type", "type"),
        BadRecord("over 64 KiB", large, "broken", "too_large", "65536"),
        BadRecord("newer v", line(4, v=2), "refused", "newer_version", "v"),
        BadRecord("as large as the broker takes", os.urandom(BROKER_BYTES), "broken", "too_large"),
        BadRecord("negative quantity", line(5, quantity=-1), "refused", "invalid_field", "quantity"),
        BadRecord("escape in an id", line(6, ripple_id="a\x1b[31m"), "refused", "invalid_field", "ripple_id"),
        BadRecord("line break in an id", line(7, action_id="a\n"), "refused", "invalid_field", "action_id"),
        BadRecord("NUL in a text", line(8, note="a\x00b"), "refused", "invalid_field", "note"),
        BadRecord("no zone", line(9, at="2026-10-31T12:00:00"), "refused", "invalid_field", "at"),
        BadRecord("year 9999", line(10, at="9999-12-31T23:59:59Z"), "refused", "invalid_field", "at"),
        BadRecord("wrong partition", line(11), "refused", "wrong_partition", partition=1 - PARTITION),
        BadRecord("forbidden bucket", line(12, bucket="planning"), "refused", "bucket_not_allowed"),
        BadRecord("empty value", b"", "broken", "empty"),
        BadRecord("tombstone", None, "broken", "empty"),
        BadRecord("bytes that are no text", b"\x00\xff\x1b[31mred\r\x9b", "broken", "not_utf8"),
        BadRecord("hidden escapes", b'{"note": "\x1b]0;owned\x07"}', "broken", "not_json", "not JSON"),
    ]  # fmt: skip
