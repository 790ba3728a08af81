"""The oracle of system 2 against cases worked out by hand: it judges the engine, so it must be right."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.content_handwritten import ContentLog
from tests.simulation.content_oracle import views_of_now
from tests.simulation.content_oracle_hashtags import forms_by_hashtag, normalised
from tests.simulation.content_oracle_reading import COUNTER_MAX
from tests.simulation.content_oracle_video import impact_of
from tests.simulation.handwritten import HOUR, NOON
from tests.simulation.oracle_facts import Row


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ({"comments": 50, "shares": 10, "likes": 1000, "views": 100_000, "saves": 20}, "5005.00"),
        ({"comments": 10}, "1000.00"),
        ({}, "0.00"),
        ({"views": 123, "likes": 456, "comments": 7, "shares": 8, "saves": 9}, "702.16"),
        ({"views": 1000, "likes": 100, "comments": 10, "shares": 5}, "1000.61"),
        (
            {"views": 10_000_000, "likes": 5_000_000, "comments": 100_000, "shares": 50_000, "saves": 10_000},
            "10011100.00",
        ),
        ({"views": 499}, "0.00"),
        ({"views": 500}, "0.01"),
        ({"likes": 5}, "0.01"),
        ({"likes": 4, "views": 99}, "0.00"),
        ({"likes": 4, "views": 100}, "0.01"),
        ({"comments": COUNTER_MAX}, "922337203685477580700.00"),
    ],
)
def test_impact_is_that_of_the_specification(counts: dict[str, int], score: str) -> None:
    assert impact_of(counts) == Decimal(score)


@pytest.mark.parametrize(
    ("written", "hashtag"),
    [
        ("#DIY", "diy"),
        (" ## Diy ", "diy"),
        ("ＤＩＹ", "diy"),
        ("＃ＤＩＹ", "diy"),
        ("#", ""),
        (" # # ", ""),
        ("Straße", "straße"),
        ("ﬁsh", "fish"),
        ("İ", "i̇"),
        ("a b", "a b"),
        ("Å", "å"),
    ],
)
def test_hashtags_are_compared_by_what_they_mean(written: str, hashtag: str) -> None:
    assert normalised(written) == hashtag


def test_of_equal_hashtags_the_first_form_stays_and_empty_ones_go() -> None:
    assert forms_by_hashtag(["#DIY", "lamp", "diy", "#", "ＤＩＹ"]) == {"diy": "DIY", "lamp": "lamp"}


def test_a_published_video_and_all_that_it_feeds() -> None:
    log = ContentLog().published(
        sound_id="rain",
        hashtags=["#DIY", "Lamp"],
        communities=["makers"],
        caption="A lamp",
        duration_seconds=9,
    )
    log.video("video_commented", count=3).video("video_viewed", at=NOON + timedelta(minutes=4))
    assert log.row("videos") == {
        "video_id": "v",
        "creator_id": "ada",
        "sound_id": "rain",
        "caption": "A lamp",
        "description": None,
        "hashtags": ["diy", "lamp"],
        "communities": ["makers"],
        "duration_seconds": 9,
        "thumbnail_url": None,
        "views": 1,
        "likes": 0,
        "comments": 3,
        "shares": 0,
        "saves": 0,
        "impact_score": Decimal(300),
        "impact_updated_at": NOON,
        "published_at": NOON,
        "version": 3,
        "cut_off": 0,
    }
    totals = {"views_total": 1, "likes_total": 0, "comments_total": 3, "shares_total": 0, "saves_total": 0}
    shown: Row = {**totals, "videos_count": 1, "total_impact_score": Decimal(300)}
    for view in ("creators", "sounds", "hashtags", "communities"):
        row = log.row(view)
        assert row | shown == row
    assert log.row("hashtags", hashtag="diy")["name"] == "DIY"
    assert log.row("creators")["registered_at"] is None
    assert log.row("sounds")["title"] is None
    assert log.row("communities")["linked_hashtags"] == []
    pair: Row = {"videos_count": 1, "views_total": 1, "likes_total": 0, "total_impact_score": Decimal(300)}
    pair |= {"creator_id": "ada", "first_video_at": NOON, "last_video_at": NOON}
    assert log.expected().views["sound_creators"] == [{"sound_id": "rain", **pair}]
    assert log.expected().views["community_creators"] == [{"community_id": "makers", **pair}]
    assert [row["hashtag"] for row in log.expected().views["hashtag_creators"]] == ["diy", "lamp"]
    assert {str(row["kind"]) for row in log.expected().views["activity"]} == {
        "video", "creator", "sound", "hashtag", "community"
    }  # fmt: skip
    assert len(log.expected().views["activity"]) == 6


def test_an_event_about_an_unknown_video_makes_a_stub_that_is_announced_later() -> None:
    log = ContentLog().video("video_liked", count=7)
    assert log.row("videos") | {"creator_id": None, "published_at": None, "likes": 7} == log.row("videos")
    assert log.expected().views["creators"] == []
    log.published(at=NOON - HOUR)
    assert log.row("creators")["likes_total"] == 7
    assert log.row("videos")["published_at"] == NOON - HOUR


def test_what_a_second_publication_leaves_out_stands() -> None:
    log = ContentLog().published(caption="first", hashtags=["a"], published_at="2026-01-01T00:00:00Z")
    log.published(creator_id="grace", description="more", caption=None, sound_id=None)
    row = log.row("videos")
    assert (row["caption"], row["description"], row["hashtags"]) == ("first", "more", ["a"])
    assert row["published_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert row["creator_id"] == "grace"
    assert [row["creator_id"] for row in log.expected().views["creators"]] == ["grace"]
    log.published(creator_id="grace", hashtags=[])
    assert log.row("videos")["hashtags"] == []


def test_a_change_clears_with_null_and_leaves_the_rest() -> None:
    log = ContentLog().published(caption="first", sound_id="rain", hashtags=["a"], communities=["c"])
    log.video("video_changed", caption=None, hashtags=None, communities=None)
    row = log.row("videos")
    assert (row["caption"], row["sound_id"], row["hashtags"], row["communities"]) == (None, "rain", [], [])
    log.video("video_changed", sound_id=None)
    assert log.expected().views["sounds"] == []


def test_what_is_taken_back_beyond_what_there_is_is_cut_off_and_counted() -> None:
    log = ContentLog().video("video_liked", count=2).video("video_unliked", count=5)
    log.video("comment_deleted").video("video_saved").video("video_unsaved")
    row = log.row("videos")
    assert (row["likes"], row["comments"], row["saves"], row["cut_off"]) == (0, 0, 0, 4)
    assert log.expected().views["activity"] == []
    assert row["impact_updated_at"] == NOON
    assert row["version"] == 5


def test_the_first_observation_of_a_counter_is_a_base_and_later_ones_gain() -> None:
    log = ContentLog().video("video_viewed", count=10, at=NOON - HOUR)
    log.observed(NOON - HOUR, views=1000).observed(NOON, views=1500, comments=4)
    row = log.row("activity", kind="video", hour=NOON)
    assert (row["views"], row["comments"], row["impact"]) == (500, 0, Decimal("0.01"))
    (before,) = [row for row in log.expected().views["activity"] if row["hour"] == NOON - HOUR]
    assert (before["views"], before["impact"]) == (10, 0)
    assert log.row("videos")["impact_score"] == Decimal("400.02")
    log.observed(NOON, views=1200)
    assert log.row("activity", kind="video", hour=NOON)["views"] == 200


def test_an_observation_older_than_the_counters_last_is_kept_and_changes_nothing_else() -> None:
    log = ContentLog().observed(NOON, views=100).observed(NOON - HOUR, views=50, likes=3)
    row = log.row("videos")
    assert (row["views"], row["likes"], row["version"]) == (100, 3, 2)
    seen = log.row("observations", at=NOON - HOUR)
    assert (seen["views"], seen["likes"], seen["comments"]) == (50, 3, None)
    assert (seen["applied"], seen["stale"]) == (True, ["views"])
    log.observed(NOON - 2 * HOUR, likes=9, views=1)
    assert log.row("observations", at=NOON - 2 * HOUR)["applied"] is False
    assert log.row("observations", at=NOON - 2 * HOUR)["stale"] == ["views", "likes"]
    log.observed(NOON, views=99)
    assert log.row("videos")["views"] == 99, "an equal time is not later"


def test_an_observation_counts_once_for_ever_and_an_increment_once_in_the_window() -> None:
    seen, viewed = str(UUID(int=77)), str(UUID(int=78))
    log = ContentLog().observed(id=seen, views=100).video("video_viewed", id=viewed)
    for _ in range(4):
        log.observed(NOON, "other", likes=1)
    log.observed(id=seen, views=100).video("video_viewed", id=viewed)
    short, whole = log.expected(window=3), log.expected()
    assert (short.counts[0].duplicates, whole.counts[0].duplicates) == (1, 2)
    assert [row["views"] for row in (*short.views["videos"], *whole.views["videos"])] == [0, 102, 0, 101]
    log.video("video_removed").observed(id=seen, views=100)
    assert [dead.code for dead in log.expected(window=3).dead] == ["removed"]


def test_increments_add_to_what_was_observed() -> None:
    log = (
        ContentLog().observed(NOON - HOUR, views=100).video("video_viewed", count=5).observed(NOON, views=103)
    )
    assert log.row("videos")["views"] == 103
    assert log.row("activity", kind="video", hour=NOON)["views"] == 3


def test_gains_stay_with_those_that_owned_the_video_then() -> None:
    log = ContentLog().published(hashtags=["a"]).video("video_viewed")
    log.video("video_changed", creator_id="grace", hashtags=["b"]).video("video_viewed", count=2)
    gains = {(row["kind"], row["id"]): row["views"] for row in log.expected().views["activity"]}
    assert gains == {
        ("creator", "ada"): 1,
        ("creator", "grace"): 2,
        ("hashtag", "a"): 1,
        ("hashtag", "b"): 2,
        ("video", "v"): 3,
    }
    assert log.row("creators", creator_id="grace")["views_total"] == 3
    assert log.expected().row("creators", creator_id="ada") is None
    log.video("video_removed")
    assert log.expected().views["videos"] == log.expected().views["hashtags"] == []
    assert {row["kind"] for row in log.expected().views["activity"]} == {"creator", "hashtag"}


def test_removed_stays_removed() -> None:
    log = (
        ContentLog()
        .published()
        .video("video_removed")
        .video("video_viewed")
        .video("video_removed")
        .published()
    )
    assert log.codes() == ["removed"] * 3
    assert ContentLog().video("video_removed").video("video_viewed").codes() == ["removed"]
    log = ContentLog().add("community_deleted", community_id="c").add("community_deleted", community_id="c")
    log.add("community_created", community_id="c", name="Makers").published(communities=["c", "d"])
    assert log.codes() == ["removed"] * 2
    assert log.row("videos")["communities"] == ["d"]
    assert [row["community_id"] for row in log.expected().views["communities"]] == ["d"]
    assert [row["community_id"] for row in log.expected().views["community_creators"]] == ["d"]


def test_a_counter_is_never_more_than_full() -> None:
    log = ContentLog().observed(views=COUNTER_MAX - 1).video("video_viewed", count=2).video("video_viewed")
    assert log.codes() == ["counter_full"]
    assert log.row("videos")["views"] == COUNTER_MAX
    assert log.row("videos")["version"] == 2
    log.published(creator_id="ada").published("w", creator_id="ada").observed(NOON, "w", views=COUNTER_MAX)
    assert log.row("creators")["views_total"] == 2 * COUNTER_MAX


def test_a_video_is_in_at_most_50_communities() -> None:
    log = ContentLog().published(communities=[f"c{number}" for number in range(49)])
    for community in ("c49", "c7", "c50"):
        log.video("video_joined_community", community_id=community)
    log.video("video_left_community", community_id="c0").video("video_left_community", community_id="c0")
    log.video("video_joined_community", community_id="c50")
    assert log.codes() == ["too_many_communities"]
    communities = log.row("videos")["communities"]
    assert isinstance(communities, list)
    assert communities[-2:] == ["c49", "c50"]
    assert log.row("videos")["version"] == 6


def test_newest_first_and_last_fall_back() -> None:
    log = ContentLog()
    for day, video in enumerate(("u", "v", "w"), start=1):
        log.published(video, hashtags=["a"], published_at=f"2026-10-0{day}T00:00:00Z")
    pair = log.row("hashtag_creators")
    assert (pair["first_video_at"], pair["last_video_at"]) == (_day(1), _day(3))
    log.video("video_removed", "w").video("video_changed", "u", hashtags=[])
    pair = log.row("hashtag_creators")
    assert (pair["first_video_at"], pair["last_video_at"], pair["videos_count"]) == (_day(2), _day(2), 1)
    assert log.row("hashtags")["last_seen_at"] == _day(2)
    assert log.row("creators")["newest_video_at"] == _day(2)
    log.video("video_changed", "v", published_at="2026-10-09T00:00:00Z")
    assert log.row("creators")["newest_video_at"] == _day(9)


def _day(day: int) -> datetime:
    return datetime(2026, 10, day, tzinfo=UTC)


def test_a_hashtag_is_named_as_on_its_earliest_video_and_falls_back() -> None:
    log = (
        ContentLog()
        .published("b", at=NOON, hashtags=["DIY"])
        .published("c", at=NOON - HOUR, hashtags=["#Diy"])
    )
    assert log.row("hashtags")["name"] == "Diy"
    log.video("video_removed", "c")
    assert log.row("hashtags")["name"] == "DIY"
    log.published("a", at=NOON, hashtags=["#dIY"])
    assert log.row("hashtags")["name"] == "dIY", "ties go to the lesser id"
    log.video("video_changed", "a", at=NOON + timedelta(minutes=1), hashtags=[])
    log.video("video_changed", "a", at=NOON + timedelta(minutes=2), hashtags=["diy"])
    assert log.row("hashtags")["name"] == "DIY", "a hashtag that comes back is new on its video"


def test_creators_are_distinct_and_videos_without_one_do_not_count() -> None:
    log = ContentLog().published("u", "ada", sound_id="s").published("v", "ada", sound_id="s")
    log.published("w", "grace", sound_id="s").video("video_changed", "x", sound_id="s")
    assert log.row("sounds")["creators_count"] == 2
    assert log.row("sounds")["videos_count"] == 4
    assert [row["videos_count"] for row in log.expected().views["sound_creators"]] == [2, 1]
    log.video("video_changed", "v", creator_id="grace").video("video_removed", "u")
    assert log.row("sounds")["creators_count"] == 1


def test_a_community_shows_the_hashtags_that_it_links_now() -> None:
    log = ContentLog().published(hashtags=["#DIY", "lamp"], communities=["c"]).video("video_viewed")
    log.published("w", hashtags=["diy"])
    log.add("community_created", community_id="c", name="Makers", linked_hashtags=["Diy", "wood", "#diy"])
    rows = log.expected().views["community_hashtags"]
    assert [(row["hashtag"], row["videos_count"], row["views_total"]) for row in rows] == [
        ("diy", 1, 1), ("wood", 0, 0)
    ]  # fmt: skip
    assert log.row("communities")["linked_hashtags"] == ["diy", "wood"]
    log.add("community_changed", community_id="c", linked_hashtags=["lamp"])
    assert log.row("community_hashtags")["hashtag"] == "lamp"
    log.add("community_changed", community_id="c", linked_hashtags=None)
    assert log.expected().views["community_hashtags"] == []


def test_a_creator_is_what_was_said_last_and_followed_as_was_seen_last() -> None:
    log = ContentLog().add("creator_followers_observed", creator_id="ada", followers=5)
    assert (log.row("creators")["followers"], log.row("creators")["registered_at"]) == (5, None)
    log.add("creator_followers_observed", NOON - HOUR, creator_id="ada", followers=9)
    assert log.row("creators")["followers"] == 5
    log.add("creator_followers_observed", creator_id="ada", followers=7)
    log.add("creator_changed", creator_id="ada", bio="I build", display_name="Ada")
    row = log.row("creators")
    assert (row["followers"], row["username"], row["bio"], row["registered_at"]) == (7, None, "I build", NOON)
    log.add("creator_registered", NOON - HOUR, creator_id="ada", username="ada", display_name=None)
    log.add("creator_changed", creator_id="ada", bio=None, verified=False)
    row = log.row("creators")
    assert (row["username"], row["display_name"], row["bio"], row["verified"]) == ("ada", "Ada", None, False)
    assert row["registered_at"] == NOON


def test_what_trends_ages() -> None:
    log = ContentLog().published(sound_id="s", hashtags=["a"], published_at=NOON.isoformat())
    log.observed(views=11_000)
    for age, factor in ((0, 10), (59, 10), (60, 5), (1439, 5), (1440, 2), (7 * 1440 - 1, 2), (7 * 1440, 1)):
        now = views_of_now(log.expected(), NOON + timedelta(minutes=age))
        assert now["hashtags"] == [
            {"hashtag": "a", "trend_score": 11_000 * factor, "trending": factor == 10}
        ], age
        assert now["sounds"][0]["trend_score"] == 11_000 * factor


def test_leaderboards_show_once_all_parts_are_there_without_what_was_removed() -> None:
    hour = NOON - HOUR
    log = ContentLog().closed(hour, 0, 2, "v", "w")
    assert log.expected().views["leaderboards"] == []
    log.closed(hour, 1, 2, "c", kind="community").closed(hour, 1, 2, "c", kind="community")
    assert log.expected().counts[0].duplicates == 1
    assert len(log.expected().views["leaderboards"]) == 3
    log.video("video_removed", "v").add("community_deleted", community_id="c")
    assert log.row("leaderboards") == {
        "period": "7d",
        "kind": "video",
        "sort": "views",
        "hour": hour,
        "rank": 2,
        "id": "w",
        "value": 8,
        "previous_rank": None,
    }
