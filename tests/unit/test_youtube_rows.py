"""Rows of trending videos as events: what a row becomes, and why one is not taken."""

from datetime import UTC, datetime
from typing import Any

import pytest

from events.content import VideoChanged, VideoMetricsObserved, VideoPublished
from events.envelope import Event
from events.errors import WrongUsage
from events.refusals import Refused
from events.youtube import COLUMNS, Row, Rows, told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = datetime(2017, 11, 14, tzinfo=UTC)
HEADER = (*COLUMNS, "tags", "comments_disabled")
CELLS = {
    "video_id": "2kyS6SvSYSE",
    "trending_date": "17.14.11",
    "title": "WE WANT TO TALK",
    "channel_title": "CaseyNeistat",
    "publish_time": "2017-11-13T17:13:01.000Z",
    "views": "748374",
    "likes": "57527",
    "comment_count": "15954",
    "tags": 'SHANtell martin|"dance"|"#DIY"',
    "comments_disabled": "FALSE",
}


def read(**changes: str) -> Row | Refused:
    cells = CELLS | changes
    return Rows(HEADER, now=NOW).row([cells[name] for name in HEADER])


def row(**changes: str) -> Row:
    found = read(**changes)
    assert isinstance(found, Row), found
    return found


def events(*rows: Row) -> list[Event]:
    return [event for made in told(rows) for event in made]


def published(**changes: str) -> VideoPublished:
    event = events(row(**changes))[0]
    assert isinstance(event, VideoPublished)
    return event


def fields(event: Event) -> dict[str, Any]:
    """What was given, without the envelope."""
    given = event.model_dump(exclude_unset=True)
    return {name: given[name] for name in given if name not in Event.model_fields}


def test_a_first_row_announces_its_video_and_says_what_was_counted() -> None:
    video, observed = events(row())

    assert isinstance(video, VideoPublished)
    assert fields(video) == {
        "video_id": "2kyS6SvSYSE",
        "creator_id": "CaseyNeistat",
        "caption": "WE WANT TO TALK",
        "hashtags": ("SHANtell martin", "dance", "#DIY"),
        "published_at": datetime(2017, 11, 13, 17, 13, 1, tzinfo=UTC),
    }
    assert isinstance(observed, VideoMetricsObserved)
    assert fields(observed) == {
        "video_id": "2kyS6SvSYSE",
        "views": 748_374,
        "likes": 57_527,
        "comments": 15_954,
    }
    assert video.at == observed.at == DAY
    assert (video.actor, video.actor_type) == (None, "system")


def test_a_later_row_that_says_something_else_changes_the_video() -> None:
    made = events(
        row(),
        row(trending_date="17.15.11", views="748375"),
        row(trending_date="17.16.11", title="GOOGLED", channel_title="Casey"),
        row(trending_date="17.17.11", title="GOOGLED", channel_title="Casey", tags="[none]"),
    )

    assert [type(event) for event in made[2:]] == [
        VideoMetricsObserved,
        VideoChanged,
        VideoMetricsObserved,
        VideoChanged,
        VideoMetricsObserved,
    ]
    assert fields(made[3]) == fields(made[0]) | {"creator_id": "Casey", "caption": "GOOGLED"}
    assert fields(made[5]) == fields(made[3]) | {"hashtags": ()}
    assert made[5].at == datetime(2017, 11, 17, tzinfo=UTC)


def test_rows_are_told_by_date_whatever_their_order_in_the_file() -> None:
    rows = [row(trending_date="17.01.12", title="new"), row(title="old"), row(trending_date="17.30.11")]

    assert events(*rows) == events(*reversed(rows))
    assert [event.at.day for event in events(*rows) if event.type.endswith("observed")] == [14, 30, 1]


def test_a_video_without_a_date_was_published_when_it_was_first_seen() -> None:
    later = row(trending_date="17.16.11", publish_time="17:13:01")
    made = events(later, row(publish_time="17:13:01"))

    assert fields(made[0])["published_at"] == DAY
    assert [event.type for event in made[1:]] == ["content.video_metrics_observed"] * 2
    assert published(publish_time="").published_at == DAY


def test_a_date_that_a_later_row_has_is_a_change() -> None:
    made = events(row(publish_time="17:13:01"), row(trending_date="17.16.11"))

    assert fields(made[2])["published_at"] == datetime(2017, 11, 13, 17, 13, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-11-13", datetime(2017, 11, 13, tzinfo=UTC)),
        ("2017-11-13T17:13:01", datetime(2017, 11, 13, 17, 13, 1, tzinfo=UTC)),
        ("2017-11-13 17:13:01+02:00", datetime(2017, 11, 13, 15, 13, 1, tzinfo=UTC)),
    ],
)
def test_a_date_without_a_zone_is_in_utc(text: str, expected: datetime) -> None:
    assert published(publish_time=text).published_at == expected


def test_an_empty_count_is_absent_and_not_zero() -> None:
    observed = events(row(likes="", comment_count="0"))[1]

    assert fields(observed) == {"video_id": "2kyS6SvSYSE", "views": 748_374, "comments": 0}


def test_an_empty_title_says_nothing() -> None:
    assert "caption" not in fields(published(title=""))
    assert len(events(row(), row(trending_date="17.15.11", title=""))) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[none]", ()),
        ("", ()),
        ("one", ("one",)),
        ('one|"two words"|"one"||""', ("one", "two words")),
        ('"two ""|#b', ("two", "#b")),
        ("|".join(f"tag{number}" for number in range(60)), tuple(f"tag{number}" for number in range(50))),
    ],
)
def test_tags_are_split_unquoted_and_the_first_fifty(text: str, expected: tuple[str, ...]) -> None:
    assert published(tags=text).hashtags == expected


def test_a_file_without_tags_says_nothing_of_hashtags() -> None:
    found = Rows(COLUMNS, now=NOW).row([CELLS[name] for name in COLUMNS])
    assert isinstance(found, Row)

    assert "hashtags" not in fields(events(found)[0])


def test_a_tag_that_no_hashtag_can_be_is_left_out_and_told() -> None:
    found = row(tags=f"{'x' * 101}|fine|" + "\ufdfa" * 50)

    assert found.facts["hashtags"] == ("fine",)
    assert found.left_out is not None
    assert str(found.left_out).startswith("tags: 2 entries are left out: 'xxx")
    assert "at most 100 characters, has 101" in str(found.left_out)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"video_id": ""}, "video_id: must not be empty"),
        ({"video_id": "x" * 301}, "video_id: must have at most 300 characters, has 301"),
        ({"channel_title": ""}, "channel_title: must not be empty"),
        ({"title": "x" * 2_201}, "title: must have at most 2200 characters, has 2201"),
        ({"title": "a\x07b"}, "title: must not hold a control character"),
        ({"title": "caf\udce9"}, "title: is not UTF-8: has a byte 0xe9"),
        ({"trending_date": "2017-11-14"}, "trending_date: must be a date as in 17.14.11"),
        (
            {"trending_date": "17.11.14"},
            "trending_date: must be a date as in 17.14.11 (YY.DD.MM), is '17.11.14'",
        ),
        ({"trending_date": ""}, "trending_date: must be a date"),
        ({"trending_date": "26.30.11"}, "trending_date: must be at most 5 minutes ahead"),
        ({"publish_time": "soon"}, "publish_time: must be a time such as"),
        ({"publish_time": "1999-12-31"}, "publish_time: must lie in the years"),
        ({"views": "many"}, "views: must be a whole number or empty, is 'many'"),
        ({"views": "12.5"}, "views: must be a whole number"),
        ({"likes": "-3"}, "likes: must be a whole number"),
        ({"comment_count": "٣"}, "comment_count: must be a whole number"),
        ({"views": str(2**63)}, "views: must be from 0 to"),
        ({"views": "9" * 5_000}, "views: must be a whole number"),
        ({"views": "", "likes": " ", "comment_count": ""}, "line: must have at least one of views, likes"),
    ],
)
def test_a_row_that_cannot_be_taken_names_the_column_and_the_reason(
    changes: dict[str, str], problem: str
) -> None:
    found = read(**changes)

    assert isinstance(found, Refused)
    assert str(found).startswith(problem), found


def test_a_row_of_another_width_is_not_taken() -> None:
    found = Rows(HEADER, now=NOW).row(["only", "three", "cells"])

    assert str(found) == "line: must have 10 cells as the header has, has 3"


def test_a_header_without_a_column_that_is_needed_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="trending_date, likes cannot be found"):
        Rows([name for name in HEADER if name not in ("trending_date", "likes")], now=NOW)


def test_the_same_rows_give_the_same_events_and_a_longer_file_only_more_of_them() -> None:
    rows = [row(), row(trending_date="17.15.11", title="new"), row(trending_date="17.16.11", title="old")]

    assert events(*rows) == events(*rows)
    longer = events(*rows, row(trending_date="17.17.11", title="newest"))
    assert longer[: len(events(*rows))] == events(*rows)
    assert len({event.id for event in longer}) == len(longer) == 8


def test_a_file_with_earlier_days_tells_again_what_came_after_them() -> None:
    later = [row(), row(trending_date="17.15.11", title="new")]
    known = {event.id for event in events(*later)}
    told_again = events(row(trending_date="17.13.11", title="first"), *later)

    assert [event.type for event in told_again if event.id not in known] == [
        "content.video_published",
        "content.video_metrics_observed",
        "content.video_changed",
        "content.video_changed",
    ]
    assert fields(told_again[-2])["caption"] == "new"


def test_several_rows_of_a_day_say_together_what_a_video_is_before_they_count() -> None:
    made = [*told([row(title="first"), row(views="1", title="last", publish_time="")])]

    assert [[event.type.partition("video_")[2] for event in one] for one in made] == [
        ["published", "metrics_observed"],
        ["metrics_observed"],
    ]
    assert fields(made[0][0])["caption"] == "last"


def test_a_row_that_says_again_what_the_one_before_said_has_no_events() -> None:
    assert [len(made) for made in told([row(), row(), row(trending_date="17.15.11")])] == [2, 0, 1]


def test_a_count_that_returns_on_the_same_day_is_observed_again() -> None:
    made = events(row(views="1"), row(views="2"), row(views="1"), row(views="1"))

    assert [fields(event)["views"] for event in made[1:]] == [1, 2, 1]
    assert len({event.id for event in made}) == 4
