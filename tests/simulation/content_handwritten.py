"""A log of system 2 written by hand, event by event, for tests whose numbers are worked out on paper."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.simulation.content_oracle import ContentExpected, content_expected
from tests.simulation.content_random_world import key_of
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_envelope import LogRecord, decision_id
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.random_json import Fields

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOON_MS = int(NOON.timestamp() * 1000)


class ContentLog:
    """A log written by hand; each method adds a record, appended at NOON, and answers the log."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self.records: list[LogRecord] = []

    def add(self, name: str, /, at: datetime = NOON, **own: object) -> "ContentLog":
        """A record of this type, named without its system, in the partition where it belongs."""
        event: Fields = {"id": str(UUID(int=len(self.records) + 1)), "type": f"content.{name}", "v": 1}
        event |= {"at": at.isoformat()} | own
        partition = partition_of_key(key_of(event), self.partitions)
        offset = len(self.records)
        value = json.dumps(event).encode()
        self.records.append(LogRecord(partition, offset, NOON_MS, b"", value))
        return self

    def video(self, name: str, /, video_id: str = "v", at: datetime = NOON, **own: object) -> "ContentLog":
        """Something that happened to a video, `v` unless said otherwise."""
        return self.add(name, at, video_id=video_id, **own)

    def published(self, video_id: str = "v", creator_id: str = "ada", **own: object) -> "ContentLog":
        """A video of `ada` unless said otherwise; published at `at` unless `published_at` says when."""
        at = own.pop("at", NOON)
        assert isinstance(at, datetime)
        return self.video("video_published", video_id, at, creator_id=creator_id, **own)

    def observed(self, at: datetime = NOON, video_id: str = "v", **totals: object) -> "ContentLog":
        """A crawler saw these totals."""
        return self.video("video_metrics_observed", video_id, at, **totals)

    def closed(self, hour: datetime, part: int, parts: int, *ids: str, kind: str = "video") -> "ContentLog":
        """A part of an hour's leaderboards: these ids, in order, by the views of 7 days."""
        at = hour + HOUR
        entries = [{"id": name, "rank": rank, "value": 10 - rank} for rank, name in enumerate(ids, start=1)]
        own: Fields = {"id": str(decision_id("content.leaderboard_closed", at, part)), "entries": entries}
        own |= {"part": part, "parts": parts, "hour": hour.isoformat()}
        return self.add("leaderboard_closed", at, **own, period="7d", kind=kind, sort="views")

    def expected(self, window: int = DUPLICATE_WINDOW_RECORDS) -> ContentExpected:
        """What the oracle says about it, with this duplicate window in records."""
        return content_expected(self.records, self.partitions, duplicate_window=window)

    def row(self, view: str, **key: object) -> Row:
        """The row of a view with these values; it must be there."""
        row = self.expected().row(view, **key)
        assert row is not None, f"no row of {view} with {key}"
        return row

    def codes(self) -> list[str]:
        """Why records are dead, in the order of the log."""
        return [dead.code for dead in self.expected().dead]
