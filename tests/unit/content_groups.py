"""What the tables of system 2 that follow must hold: everything grouped anew from the videos as they are."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from projections.content.rows import Video
from projections.content.tables import (
    COMMUNITY_CREATORS,
    COMMUNITY_HASHTAGS,
    COMMUNITY_TOTALS,
    COMMUNITY_VIDEOS,
    COUNTERS,
    CREATOR_TOTALS,
    CREATOR_VIDEOS,
    HASHTAG_CREATORS,
    HASHTAG_NAMES,
    HASHTAG_TOTALS,
    HASHTAG_VIDEOS,
    SOUND_CREATORS,
    SOUND_TOTALS,
    SOUND_VIDEOS,
    VIDEO_TEXTS,
    VIDEOS,
)
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES
from projections.tables import CounterTable, Key, StateTable
from tests.unit.fold_driver import FoldDriver

Sums = dict[Key, tuple[int, ...]]

SUMMED: Final = (*COUNTERS, "impact_cents")

TOTALS: Final[Mapping[CounterTable, StateTable[Any]]] = {
    CREATOR_TOTALS: CREATOR_VIDEOS,
    SOUND_TOTALS: SOUND_VIDEOS,
    HASHTAG_TOTALS: HASHTAG_VIDEOS,
    COMMUNITY_TOTALS: COMMUNITY_VIDEOS,
}
PAIRS: Final[Mapping[CounterTable, StateTable[Any]]] = {
    SOUND_CREATORS: SOUND_VIDEOS,
    HASHTAG_CREATORS: HASHTAG_VIDEOS,
    COMMUNITY_CREATORS: COMMUNITY_VIDEOS,
}


def owners(video: Video, table: CounterTable) -> tuple[str, ...]:
    """The owners of a video that have a row in a table of totals or pairs."""
    of = {
        CREATOR_TOTALS: (video.creator_id,),
        SOUND_TOTALS: (video.sound_id,),
        SOUND_CREATORS: (video.sound_id,),
        HASHTAG_TOTALS: video.hashtags,
        HASHTAG_CREATORS: video.hashtags,
        COMMUNITY_TOTALS: video.communities,
        COMMUNITY_CREATORS: video.communities,
    }
    return tuple(owner for owner in of[table] if owner is not None)


def live(driver: FoldDriver) -> Iterator[Video]:
    """The videos that are not removed."""
    return (video for video in driver.rows[VIDEOS].values() if not video.removed)


def grouped(driver: FoldDriver, table: CounterTable) -> Sums:
    """By key: videos, and the sums that the table has of them."""
    columns = [name for name in SUMMED if name in table.sums]
    found: dict[Key, list[int]] = defaultdict(lambda: [0] * (1 + len(columns)))
    for video in live(driver):
        for key in keys(video, table):
            amounts = [1, *(getattr(video, column) for column in columns)]
            found[key] = [total + amount for total, amount in zip(found[key], amounts, strict=True)]
    return {key: tuple(sums) for key, sums in found.items()}


def keys(video: Video, table: CounterTable) -> list[Key]:
    """The rows of a table that the video counts in."""
    if table is COMMUNITY_HASHTAGS:
        return [(community, hashtag) for community in video.communities for hashtag in video.hashtags]
    if table in PAIRS:
        return [] if video.creator_id is None else [(o, video.creator_id) for o in owners(video, table)]
    return [(owner,) for owner in owners(video, table)]


def settled(driver: FoldDriver, table: CounterTable) -> Sums:
    """The same of what the driver has settled; rows of things without a video are left out."""
    columns = [index for index, name in enumerate(table.sums) if name in ("videos", *SUMMED)]
    shown = {key: tuple(sums[column] for column in columns) for key, sums in driver.sums(table).items()}
    return {key: sums for key, sums in shown.items() if any(sums)}


def members(driver: FoldDriver, table: CounterTable) -> dict[Key, tuple[Any, ...]]:
    """The rows of the videos that belong to each owner, without the table's own columns."""
    return {
        (owner, video.video_id): (
            video.creator_id,
            video.published_at,
            COARSE_COUNTS.of(video.views),
            COARSE_SCORES.of(video.impact_cents),
            COARSE_COUNTS.of(video.likes),
            COARSE_COUNTS.of(video.comments),
        )
        for video in live(driver)
        for owner in owners(video, table)
    }


def settled_members(driver: FoldDriver, table: CounterTable) -> dict[Key, tuple[Any, ...]]:
    """The same of what the driver has settled."""
    columns = ("creator_id", "published_at", "views_order", "impact_order", "likes_order", "comments_order")
    return {
        key: tuple(getattr(row, column) for column in columns)
        for key, row in driver.rows[TOTALS[table]].items()
    }


Followed = dict[tuple[CounterTable, Key], tuple[Any, ...]]


@dataclass
class FollowedColumns:
    """Columns that follow, computed for the keys that a settling names and for no others, as a flush does."""

    driver: FoldDriver
    values: Followed = field(default_factory=dict)

    def settle(self) -> None:
        self.driver.settled()
        for table, key in self.driver.followed:
            self.values[table, key] = self._computed(table, key)
        self.driver.followed.clear()

    def _computed(self, table: CounterTable, key: Key) -> tuple[Any, ...]:
        rows = self.driver.rows[TOTALS[table]].values()
        mine = [row for row in rows if getattr(row, row.__struct_fields__[0]) == key[0]]
        newest = max((row.published_at for row in mine if row.published_at is not None), default=None)
        return (newest, self._name(key[0])) if table is HASHTAG_TOTALS else (newest,)

    def _name(self, hashtag: str) -> str | None:
        names = [row for row in self.driver.rows[HASHTAG_NAMES].values() if row.hashtag == hashtag]
        return min(names, key=lambda row: (row.at, row.video_id)).form if names else None

    def shown(self) -> Followed:
        """Of the rows that have videos."""
        return {
            (table, key): self.values[table, key]
            for table in (SOUND_TOTALS, HASHTAG_TOTALS)
            for key in settled(self.driver, table)
        }


def followed(driver: FoldDriver) -> Followed:
    """The same, from the videos and their texts as they are."""
    times: dict[tuple[CounterTable, Key], list[datetime]] = defaultdict(list)
    for video in live(driver):
        for table in (SOUND_TOTALS, HASHTAG_TOTALS):
            for key in keys(video, table):
                times[table, key] += [] if video.published_at is None else [video.published_at]
    found: Followed = {}
    for (table, key), published in times.items():
        newest = max(published, default=None)
        if table is HASHTAG_TOTALS:
            found[table, key] = (newest, _earliest_form(driver, key[0]))
        else:
            found[table, key] = (newest,)
    return found


def _earliest_form(driver: FoldDriver, hashtag: str) -> str:
    written: list[tuple[datetime, str, str]] = [
        (form.at, text.video_id, form.form)
        for text in driver.rows[VIDEO_TEXTS].values()
        for form in text.forms
        if form.hashtag == hashtag
    ]
    return min(written)[2]
