"""A log of system 2 written by hand."""

from datetime import datetime
from typing import Self

from tests.simulation.content_oracle import content_expected
from tests.simulation.content_oracle_facts import Facts
from tests.simulation.content_random_world import key_of
from tests.simulation.handwritten import HOUR, NOON, HandwrittenLog
from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_json import Fields


class ContentLog(HandwrittenLog[Facts]):
    """Videos, and what they belong to."""

    def __init__(self, partitions: int = 1) -> None:
        super().__init__("content", key_of, content_expected, partitions)

    def video(self, name: str, /, video_id: str = "v", at: datetime = NOON, **own: object) -> Self:
        """Something that happened to a video, `v` unless said otherwise."""
        return self.add(name, at, video_id=video_id, **own)

    def published(self, video_id: str = "v", creator_id: str = "ada", **own: object) -> Self:
        """A video of `ada` unless said otherwise; published at `at` unless `published_at` says when."""
        at = own.pop("at", NOON)
        assert isinstance(at, datetime)
        return self.video("video_published", video_id, at, creator_id=creator_id, **own)

    def observed(self, at: datetime = NOON, video_id: str = "v", **totals: object) -> Self:
        """A crawler saw these totals."""
        return self.video("video_metrics_observed", video_id, at, **totals)

    def closed(self, hour: datetime, part: int, parts: int, *ids: str, kind: str = "video") -> Self:
        """A part of an hour's leaderboards: these ids, in order, by the views of 7 days."""
        at = hour + HOUR
        entries = [{"id": name, "rank": rank, "value": 10 - rank} for rank, name in enumerate(ids, start=1)]
        own: Fields = {"id": str(decision_id("content.leaderboard_closed", at, part)), "entries": entries}
        own |= {"part": part, "parts": parts, "hour": hour.isoformat()}
        return self.add("leaderboard_closed", at, **own, period="7d", kind=kind, sort="views")
