"""The rules of videos: given events, the rows are these."""

from typing import Any

import pytest

from events.content import SYSTEM
from events.rules import COUNT_MAX
from projections.content.rows import HashtagForm, Video, VideoText
from projections.content.tables import VIDEO_OBSERVED, VIDEO_TEXTS, VIDEOS
from streams.folds.content import RULES
from tests.unit.content_driver import (
    BASE,
    HOUR,
    comment_deleted,
    commented,
    content_driver,
    joined,
    left,
    liked,
    observed,
    owned_video,
    published,
    saved,
    shared,
    unliked,
    unsaved,
    video_changed,
    video_of,
    video_removed,
    viewed,
)
from tests.unit.fold_driver import FoldDriver


def text_of(driver: FoldDriver, video_id: str = "v") -> VideoText:
    row: VideoText = driver.rows[VIDEO_TEXTS][(video_id,)]
    return row


def test_every_event_type_of_the_system_has_a_rule() -> None:
    assert set(RULES) == {model.type_name() for model in SYSTEM.types}


@pytest.mark.parametrize(
    ("counts", "cents"),
    [
        ((100_000, 1000, 50, 10, 20), 500_500),
        ((0, 0, 10, 0, 0), 100_000),
        ((0, 0, 0, 0, 0), 0),
        ((123, 456, 7, 8, 9), 70_216),
        ((1000, 100, 10, 5, 0), 100_061),
        ((10_000_000, 5_000_000, 100_000, 50_000, 10_000), 1_001_110_000),
        ((499, 0, 0, 0, 0), 0),
        ((500, 0, 0, 0, 0), 1),
    ],
)
def test_the_impact_score_puts_conversation_first(counts: tuple[int, ...], cents: int) -> None:
    names = ("views", "likes", "comments", "shares", "saves")
    driver = content_driver().given(observed(**dict(zip(names, counts, strict=True))))  # type: ignore[arg-type]
    assert video_of(driver).impact_cents == cents

    many = content_driver()
    for count, one in zip(counts, (viewed, liked, commented, shared, saved), strict=True):
        millions, rest = divmod(count, 1_000_000)
        many.given(*(one(1_000_000) for _ in range(millions)), *([one(rest)] if rest else []))
    assert many.rows[VIDEOS] == {} if not any(counts) else video_of(many).impact_cents == cents


def test_a_published_video_stands_as_given() -> None:
    driver = content_driver().given(
        published(
            sound_id="rain",
            hashtags=["#DIY", "diy", "#", "Lamp"],
            communities=["makers", "night"],
            caption="A Lamp",
            description="Ｄrill",
            duration_seconds=45,
            thumbnail_url="https://images.example/lamp.jpg",
        )
    )
    assert video_of(driver) == owned_video(
        "v", "ada", "rain", ("diy", "lamp"), ("makers", "night"), BASE, changed_at=BASE, version=1
    )
    assert text_of(driver) == VideoText(
        "v",
        "A Lamp",
        "Ｄrill",
        45,
        "https://images.example/lamp.jpg",
        (HashtagForm("diy", "DIY", BASE), HashtagForm("lamp", "Lamp", BASE)),
        "a lamp\ndrill\n#diy\n#lamp",
    )


def test_published_again_it_keeps_what_is_left_out_or_null() -> None:
    first = published(
        sound_id="rain", hashtags=["x"], communities=["makers"], caption="A", duration_seconds=4
    )
    driver = content_driver().given(first)
    again = published(creator_id="bob", caption=None, hashtags=None, at=BASE + HOUR)
    driver.given(again)
    assert video_of(driver) == owned_video(
        "v", "bob", "rain", ("x",), ("makers",), BASE, changed_at=BASE + HOUR, version=2
    )
    assert text_of(driver).caption == "A"
    assert text_of(driver).duration_seconds == 4

    driver.given(published(hashtags=[], communities=[], published_at=BASE - HOUR))
    assert video_of(driver).hashtags == video_of(driver).communities == ()
    assert video_of(driver).published_at == BASE - HOUR
    assert text_of(driver).forms == ()


def test_a_change_leaves_what_it_does_not_name_and_null_clears() -> None:
    driver = content_driver().given(
        published(sound_id="rain", hashtags=["x"], communities=["makers"], caption="A", description="B"),
        video_changed(caption=None, sound_id=None, hashtags=None),
    )
    assert video_of(driver) == owned_video(
        "v", "ada", None, (), ("makers",), BASE, changed_at=BASE, version=2
    )
    assert text_of(driver) == VideoText("v", description="B", search="b")


def test_a_change_of_an_unknown_video_makes_a_stub_that_publishing_fills_in() -> None:
    driver = content_driver().given(video_changed(caption="A"))
    assert video_of(driver) == Video("v", changed_at=BASE, version=1)

    driver.given(published(at=BASE + HOUR))
    assert video_of(driver).creator_id == "ada"
    assert video_of(driver).published_at == BASE + HOUR
    assert text_of(driver).caption == "A"


def test_a_hashtag_stays_as_it_came_onto_the_video() -> None:
    driver = content_driver().given(
        published(hashtags=["a", "b"]), video_changed(hashtags=["#B", "c"], at=BASE + HOUR)
    )
    assert text_of(driver).forms == (HashtagForm("b", "b", BASE), HashtagForm("c", "c", BASE + HOUR))

    driver.given(video_changed(hashtags=["a"], at=BASE + 2 * HOUR))
    assert text_of(driver).forms == (HashtagForm("a", "a", BASE + 2 * HOUR),)


def test_single_increments_count_and_move_the_score() -> None:
    driver = content_driver().given(
        viewed(3), liked(2, at=BASE + HOUR), commented(at=BASE - HOUR), shared(5), saved(4), viewed(7)
    )
    assert video_of(driver) == owned_video(
        "v",
        views=10,
        likes=2,
        comments=1,
        shares=5,
        saves=4,
        impact_cents=10_090,
        impact_updated_at=BASE,
        changed_at=BASE + HOUR,
        version=6,
    )


def test_the_score_is_updated_when_its_value_changes() -> None:
    driver = content_driver().given(published(), viewed(499, at=BASE + HOUR))
    assert video_of(driver).impact_updated_at is None
    driver.given(viewed(1, at=BASE + 2 * HOUR), viewed(1, at=BASE + 3 * HOUR))
    assert video_of(driver).impact_updated_at == BASE + 2 * HOUR


def test_nothing_falls_below_zero_and_what_was_cut_off_is_counted() -> None:
    driver = content_driver().given(liked(2), unliked(5), comment_deleted(), saved(3), unsaved(1))
    video = video_of(driver)
    assert (video.likes, video.comments, video.saves) == (0, 0, 2)
    assert video.cut_off == 4
    assert video.version == 5


def test_a_full_counter_refuses_more() -> None:
    driver = content_driver().given(observed(views=COUNT_MAX - 1), viewed(2), viewed(1), viewed(1))
    assert driver.outcomes == ["applied", "counter_full", "applied", "counter_full"]
    assert video_of(driver).views == COUNT_MAX
    assert video_of(driver).version == 2


def test_a_removed_video_stays_removed() -> None:
    driver = content_driver().given(published(hashtags=["x"]), observed(views=5), video_removed())
    assert driver.rows[VIDEOS] == {("v",): Video("v", removed=True)}
    assert not driver.rows[VIDEO_TEXTS]
    assert not driver.rows[VIDEO_OBSERVED]

    later: list[Any] = [video_removed(), viewed(), observed(views=1), published(), video_changed(caption="A")]
    later += [joined("makers"), left("makers"), unliked()]
    driver.outcomes.clear()
    assert driver.given(*later).outcomes == ["removed"] * len(later)


def test_a_video_is_removed_before_anything_is_known_of_it() -> None:
    driver = content_driver().given(video_removed(), published())
    assert driver.outcomes == ["applied", "removed"]
    assert driver.rows[VIDEOS] == {("v",): Video("v", removed=True)}


def test_joining_and_leaving_a_community_count_once() -> None:
    driver = content_driver().given(
        published(communities=["b"]), joined("a"), joined("a"), joined("c"), left("b"), left("b")
    )
    assert video_of(driver).communities == ("a", "c")
    assert video_of(driver).version == 6


def test_a_video_is_in_50_communities_at_most() -> None:
    driver = content_driver().given(published(communities=[f"c{number}" for number in range(50)]))
    driver.given(joined("one more"), joined("c7"), left("c7"), joined("one more"))
    assert driver.outcomes == ["applied", "too_many_communities", "applied", "applied", "applied"]
    assert video_of(driver).communities[-1] == "one more"
