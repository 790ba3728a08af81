"""A log written by hand, event by event, for tests whose numbers are worked out on paper."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle import COPY_HEADER, Expected, LogRecord, expected
from tests.simulation.oracle_envelope import decision_id

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOON_MS = int(NOON.timestamp() * 1000)


class Log:
    """A log written by hand: wave `w`, ripple `r` and user `anna` unless said otherwise."""

    def __init__(self, partitions: int = 1) -> None:
        """Every record is appended at NOON."""
        self.partitions = partitions
        self.records: list[LogRecord] = []
        self._next_offset = [0] * partitions

    def raw(self, value: bytes | None, partition: int = 0, *headers: tuple[str, bytes]) -> "Log":
        """A record with this value, whatever it says."""
        offset = self._next_offset[partition]
        self._next_offset[partition] += 1
        self.records.append(LogRecord(partition, offset, NOON_MS, b"", value, headers))
        return self

    def add(self, name: str, **own: object) -> "Log":
        """A record of this type, named without its system, in the partition where it belongs."""
        event = self.event(name, **own)
        key = str(event.get("wave_id") or event["bucket"])
        return self.raw(json.dumps(event).encode(), partition_of_key(key, self.partitions))

    def event(self, name: str, **own: object) -> dict[str, object]:
        """The fields of such an event; its id is the number of the record that it would become."""
        number = len(self.records) + 1
        event: dict[str, object] = {"id": str(UUID(int=number)), "type": f"actions.{name}", "v": 1}
        event |= {"at": NOON.isoformat(), "actor": "anna", "wave_id": "w", "ripple_id": "r"}
        if name.startswith("wave_"):
            del event["ripple_id"]
        return event | own

    def action(self, action_id: str, bucket: str = "cleaning", **own: object) -> "Log":
        """An action is logged."""
        return self.add("action_logged", action_id=action_id, bucket=bucket, **own)

    def retract(self, action_id: str, **own: object) -> "Log":
        """An action is taken back."""
        return self.add("action_retracted", action_id=action_id, **own)

    def weight(self, bucket: str, multiplier: object, effective_from: datetime, **own: object) -> "Log":
        """The original and its copy in every partition."""
        event = self.event("bucket_weight_set", bucket=bucket, multiplier=multiplier) | own
        del event["wave_id"], event["ripple_id"]
        value = json.dumps(event | {"effective_from": effective_from.isoformat()}).encode()
        self.raw(value, partition_of_key(bucket, self.partitions))
        for partition in range(self.partitions):
            self.raw(value, partition, (COPY_HEADER, b"%d" % partition))
        return self

    def closed(self, hour: datetime, *entries: Sequence[object], part: int = 0, parts: int = 1) -> "Log":
        """A part of an hour's close; an entry is (ripple_id, rank, previous rank), in wave `w`."""
        at = hour + HOUR
        identity = decision_id("actions.hour_closed", at, part)
        event = {"id": str(identity), "type": "actions.hour_closed", "v": 1, "at": at.isoformat()}
        event |= {"actor_type": "system", "hour": hour.isoformat(), "part": part, "parts": parts}
        ripples = [
            {"wave_id": "w", "ripple_id": ripple, "rank": rank, "score": 1.5, "previous_rank": previous}
            | {"actions_1h": 1, "actions_24h": 2, "participants": 3}
            for ripple, rank, previous in entries
        ]
        value = json.dumps(event | {"entries": ripples}).encode()
        return self.raw(value, partition_of_key("decisions", self.partitions))

    def expected(self, window: int = 250_000) -> Expected:
        """What the oracle says about it, with this duplicate window in records."""
        return expected(self.records, self.partitions, duplicate_window=window)

    def ripple(self, ripple_id: str = "r") -> dict[str, object]:
        """The ripple's row in view `ripple_counters`; it must be there."""
        row = self.expected().row("ripple_counters", ripple_id=ripple_id)
        assert row is not None
        return row

    def codes(self) -> list[str]:
        """Why records are dead, in the order of the log."""
        return [dead.code for dead in self.expected().dead]


def announced() -> Log:
    """A log that begins with the announcements of the wave and the ripple."""
    return Log().add("wave_created", title="River").add("ripple_created", title="Left bank")
