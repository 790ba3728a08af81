"""Imports of the same rows, and of more of them: the facts and totals of the latest file stand."""

from random import Random
from typing import Any

import msgspec

from events.structs import struct_from
from events.youtube import Row, told
from projections.content.read_model import READ_MODEL
from projections.content.tables import VIDEO_TEXTS, VIDEOS
from projections.tables import CounterTable
from tests.unit.content_driver import content_driver
from tests.unit.fold_driver import FoldDriver
from tests.unit.test_youtube_rows import row

SEEDS = range(40)
DAYS = [f"17.{day}.11" for day in range(10, 16)]


def random_rows(random: Random) -> list[Row]:
    """Rows of three videos whose channel, title, tags, dates and counts come and go."""
    return [
        row(
            video_id=random.choice("abc"),
            trending_date=random.choice(DAYS),
            channel_title=random.choice(("One", "Two")),
            title=random.choice(("", "first", "second")),
            publish_time=random.choice(("", "17:13:01", "2017-11-09", "2017-11-08")),
            tags="|".join(random.sample(("x", "#X", "y", "z"), random.randint(0, 3))),
            views=random.choice(("", "5", "100000")),
            likes=random.choice(("", "7", "2")),
            comment_count=random.choice(("1", "2")),
        )
        for _ in range(random.randint(1, 25))
    ]


def tables(driver: FoldDriver) -> dict[str, Any]:
    """What stands, but for versions, which count events."""
    found: dict[str, Any] = {state.name: dict(rows) for state, rows in driver.rows.items()}
    found["videos"] = {
        key: msgspec.structs.replace(video, version=0) for key, video in driver.rows[VIDEOS].items()
    }
    for table in READ_MODEL.tables:
        if isinstance(table, CounterTable):
            found[table.name] = driver.sums(table)
    return found


def test_far_beyond_duplicates_a_second_import_changes_nothing_but_versions() -> None:
    for seed in SEEDS:
        print(f"seed {seed}")
        events = [struct_from(event) for made in told(random_rows(Random(seed))) for event in made]
        driver = content_driver().given(*events).settled()
        once = tables(driver)
        twice = tables(driver.given(*events).settled())

        assert twice == once


def test_after_a_file_with_more_rows_all_stands_as_if_it_had_been_the_only_one() -> None:
    for seed in SEEDS:
        print(f"seed {seed}")
        random = Random(seed)
        rows = random_rows(random)
        some = [one for one in rows if random.random() < 0.6]
        whole = [struct_from(event) for made in told(rows) for event in made]
        part = [struct_from(event) for made in told(some) for event in made]
        known = {event.id for event in part}
        # The log leaves out what it knows.
        new = [event for event in whole if event.id not in known]

        assert standing(content_driver().given(*part, *new)) == standing(content_driver().given(*whole))


def standing(driver: FoldDriver) -> dict[str, tuple[Any, ...]]:
    """What each video is and has."""
    return {
        video.video_id: (
            video.creator_id,
            sorted(video.hashtags),
            video.published_at,
            video.views,
            video.likes,
            video.comments,
            video.impact_cents,
            getattr(driver.rows[VIDEO_TEXTS].get((video.video_id,)), "caption", None),
        )
        for video in driver.rows[VIDEOS].values()
    }
