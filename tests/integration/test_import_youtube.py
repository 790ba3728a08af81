"""`groundswell import youtube`: real rows folded by a real worker equal a plain computation over the file."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from deploy.local_stack import LocalStack
from tests.integration.imported_file import ImportedFile
from tests.integration.trending_file import TrendingFile, computed
from tests.integration.worker_process import PROJECT, Place, own_place, run, supervised

USVIDEOS: Final = PROJECT.parent / "shared" / "data" / "youtube-us" / "USvideos.csv"
TOP: Final = 100

HEADER: Final = (
    *("video_id", "trending_date", "title", "channel_title", "category_id"),
    *("publish_time", "tags", "views", "likes", "comment_count"),
)
SMALL: Final = (
    ("a", "18.03.01", 'Says "hi", twice', "Ünï", "22", "2018-01-01T10:00:00.000Z",
     'Dogs|"#dogs"|"Cats"', 100, 5, 1),
    ("b", "18.02.01", "Old name", "Ünï", "of two\nlines", "17:00:00", "[none]", 10, "", ""),
    ("a", "18.02.01", "Before", "Else", "22", "17:00:00", "[none]", 50, 9, 2),
    ("b", "18.03.01", "Name", "Ünï", "22", "17:00:00",
     "|".join(f"tag{n}" for n in range(60)), "", 4, 3),
    ("c", "18.03.02", "No such day of the month", "Ünï", "22", "", "", "12.5", 1, 1),
    ("c", "18.31.02", "No such day", "Ünï", "22", "", "", 1, 1, 1),
    ("c", "18.03.01", "No channel", "", "22", "", "", 1, 1, 1),
    ("c", "18.03.01", "No counts", "Ünï", "22", "", "", "", "", ""),
    ("c", "18.03.01", "Long tag", "Ünï", "22", "", f"short|{'x' * 101}", 7, 7, 0),
    ("c", "18.03.01", "Long tag", "Ünï", "22", "", f"short|{'x' * 101}", 7, 7, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Import(ImportedFile):
    """A file of videos."""

    system: ClassVar[str] = "content"
    views: ClassVar[tuple[str, ...]] = (
        "videos", "creators", "hashtags", "hashtag_creators", "observations", "activity",
    )  # fmt: skip

    file: Path


def imported(place: Place, file: Path, *, code: int = 0) -> dict[str, Any]:
    """What the command tells as JSON."""
    ended = place.run("import", "youtube", str(file), "--json")
    assert ended.returncode == code, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


@pytest.fixture(scope="module")
def real(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Import]:
    """The real file, imported and folded; the worker is gone."""
    if not USVIDEOS.exists():
        pytest.skip(f"{USVIDEOS} is not there")
    home = tmp_path_factory.mktemp("youtube") / "home"
    with own_place(stack, home) as place:
        told = imported(place, USVIDEOS)
        with supervised(place, home.parent / "worker.log", "content") as worker:
            folded = worker.until_read(told["events"])
        assert (folded.applied, folded.duplicates, folded.dead) == (told["events"], 0, 0)
        yield Import(place, told, USVIDEOS)


@pytest.fixture(scope="module")
def expected(real: Import) -> TrendingFile:
    return computed(real.file)


def test_each_row_is_an_observation(real: Import, expected: TrendingFile) -> None:
    told = real.told
    seen = real.rows("SELECT count(*), bool_and(applied) FROM content.observations")

    assert (told["observations"], told["bad_rows"], told["repeated_rows"]) == (expected.rows, 0, 0)
    assert told["videos"] == len(expected.videos)
    assert told["events"] == told["videos"] + told["changes"] + told["observations"]
    assert seen == [(expected.rows, True)]


def test_each_video_has_the_latest_counts_score_channel_and_title(
    real: Import, expected: TrendingFile
) -> None:
    found = real.rows(
        "SELECT video_id, creator_id, caption, published_at, views, likes, comments, shares, saves,"
        " impact_score FROM content.videos"
    )
    assert {row[0]: row[1:] for row in found} == {
        video_id: (
            video.channel,
            video.title,
            video.first_day,
            *(video.totals.get(name, 0) for name in ("views", "likes", "comments")),
            0,
            0,
            video.impact,
        )
        for video_id, video in expected.videos.items()
    }


def test_each_channel_has_the_totals_of_its_videos(real: Import, expected: TrendingFile) -> None:
    found = real.rows(
        "SELECT creator_id, videos_count, views_total, likes_total, comments_total, total_impact_score"
        " FROM content.creators WHERE videos_count > 0"
    )
    assert {row[0]: row[1:] for row in found} == expected.channels()


def test_the_top_100_by_impact_are_those_of_the_file(real: Import, expected: TrendingFile) -> None:
    found = real.rows(
        'SELECT video_id FROM content.videos ORDER BY impact_score DESC, video_id COLLATE "C" LIMIT 100'
    )
    assert [video_id for (video_id,) in found] == expected.top(TOP)


def test_counts_that_go_down_are_followed(real: Import, expected: TrendingFile) -> None:
    assert (expected.falls["comments"], expected.falls["likes"]) == (417, 3)
    found = real.rows(
        "SELECT id, hour, views, likes, comments, impact FROM content.activity WHERE kind = 'video'"
    )
    assert {(row[0], row[1]): row[2:] for row in found} == expected.gains
    assert sum(row[4] < 0 for row in found) == 417
    assert sum(row[3] < 0 for row in found) == 3


def test_importing_twice_changes_nothing(real: Import) -> None:
    real.assert_again_changes_nothing(lambda: imported(real.place, real.file))


@pytest.fixture(scope="module")
def small(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Import]:
    """All shapes: a mark of byte order, tags, quoted lines, days in disorder, and rows that are none."""
    home = tmp_path_factory.mktemp("small") / "home"
    file = home.parent / "small.csv.gz"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows((HEADER, *SMALL))
    not_utf8 = b"d,18.03.01,caf\xe9,C,22,,,1,1,1\r\n"
    file.write_bytes(gzip.compress(text.getvalue().encode("utf-8-sig") + not_utf8))
    with own_place(stack, home) as place:
        told = imported(place, file, code=1)
        with supervised(place, home.parent / "worker.log", "content") as worker:
            worker.until_read(told["events"])
        yield Import(place, told, file)


def test_what_cannot_be_taken_is_told_with_line_and_column_and_the_rest_is_imported(small: Import) -> None:
    assert [(problem["line"], problem["field"]) for problem in small.told["problems"]] == [
        (7, "views"),
        (8, "trending_date"),
        (9, "channel_title"),
        (10, "line"),
        (11, "tags"),
        (12, "tags"),
        (13, "title"),
    ]
    assert small.told["bad_rows"] == 7
    assert (small.told["videos"], small.told["observations"], small.told["repeated_rows"]) == (3, 5, 1)


def test_days_in_disorder_tags_and_empty_counts_stand_as_the_latest_day_says(small: Import) -> None:
    found = small.rows(
        "SELECT video_id, creator_id, caption, published_at, hashtags, views, likes, comments"
        " FROM content.videos ORDER BY video_id"
    )
    published, first_seen = datetime(2018, 1, 1, 10, tzinfo=UTC), datetime(2018, 1, 2, tzinfo=UTC)
    assert found == [
        ("a", "Ünï", 'Says "hi", twice', published, ["dogs", "cats"], 100, 5, 1),
        ("b", "Ünï", "Name", first_seen, [f"tag{number}" for number in range(50)], 10, 4, 3),
        ("c", "Ünï", "Long tag", datetime(2018, 1, 3, tzinfo=UTC), ["short"], 7, 7, 0),
    ]


def test_a_file_that_is_none_is_wrong_usage(small: Import, tmp_path: Path) -> None:
    no_columns = tmp_path / "no_columns.csv"
    no_columns.write_text("video_id,views\na,1\n")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(small.file.read_bytes()[:-20])
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    for file, said in (
        (no_columns, "channel_title, publish_time, likes, comment_count cannot be found"),
        (cut, "cannot be read on"),
        (empty, "the first line must name the columns"),
        (tmp_path / "none.csv", "No such file"),
    ):
        ended = run("import", "youtube", str(file), environment=small.place.environment)
        assert ended.returncode == 2, ended.stderr
        assert said in ended.stderr
