"""What a file of trending videos says, by the plainest computation over its rows: latest, totals, gains."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

COUNTERS: Final = {"views": "views", "likes": "likes", "comments": "comment_count"}
"""By counter: its column."""
WEIGHTS: Final = {"views": Decimal("0.00001"), "likes": Decimal("0.001"), "comments": Decimal(100)}
HUNDREDTH: Final = Decimal("0.01")
NO_DAY_YET: Final = datetime.max.replace(tzinfo=UTC)

Gains = tuple[int, int, int, Decimal]
"""Of views, likes, comments and impact."""


def impact(totals: Mapping[str, int]) -> Decimal:
    """Rounded half up to two places; what was not counted is nothing."""
    score = sum((WEIGHTS[counter] * total for counter, total in totals.items()), Decimal(0))
    return score.quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass
class Video:
    """A video after all of its rows."""

    channel: str = ""
    title: str = ""
    first_day: datetime = NO_DAY_YET
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def impact(self) -> Decimal:
        return impact(self.totals)


@dataclass
class TrendingFile:
    """A file in which each video has one row a day, in the order of the days."""

    videos: dict[str, Video] = field(default_factory=lambda: defaultdict(Video))
    rows: int = 0
    falls: Counter[str] = field(default_factory=Counter)
    """How often a counter was below what it had been."""
    gains: dict[tuple[str, datetime], Gains] = field(default_factory=dict)
    """By video and day, where there are any; the first count of a counter is where it begins."""

    def channels(self) -> dict[str, tuple[int, int, int, int, Decimal]]:
        """By channel: videos, views, likes, comments, impact."""
        found: dict[str, tuple[int, int, int, int, Decimal]] = {}
        for video in self.videos.values():
            videos, views, likes, comments, score = found.get(video.channel, (0, 0, 0, 0, Decimal(0)))
            found[video.channel] = (
                videos + 1,
                views + video.totals.get("views", 0),
                likes + video.totals.get("likes", 0),
                comments + video.totals.get("comments", 0),
                score + video.impact,
            )
        return found

    def top(self, places: int) -> list[str]:
        """The videos by impact, ties by id."""
        return sorted(self.videos, key=lambda video_id: (-self.videos[video_id].impact, video_id))[:places]


def computed(file: Path) -> TrendingFile:
    """Everything, from one pass over the file."""
    found = TrendingFile()
    for row in _rows(file):
        video = found.videos[row["video_id"]]
        year, day, month = row["trending_date"].split(".")
        at = datetime(2000 + int(year), int(month), int(day), tzinfo=UTC)
        found.rows += 1
        video.channel, video.title = row["channel_title"], row["title"]
        video.first_day = min(video.first_day, at)
        seen = {counter: int(row[column]) for counter, column in COUNTERS.items() if row[column]}
        base = video.totals | {name: total for name, total in seen.items() if name not in video.totals}
        for name, total in seen.items():
            found.falls[name] += total < base[name]
        video.totals = base | seen
        views, likes, comments = (video.totals.get(name, 0) - base.get(name, 0) for name in COUNTERS)
        gains = (views, likes, comments, impact(video.totals) - impact(base))
        if any(gains):
            found.gains[row["video_id"], at] = gains
    return found


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
