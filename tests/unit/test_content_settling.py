"""What follows from videos: totals, pairs, members, names and cells, whatever the flushes were."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from projections.content.rows import HashtagName, Video
from projections.content.tables import (
    ACTIVITY,
    COMMUNITY_HASHTAGS,
    COMMUNITY_TOTALS,
    COUNTERS,
    CREATOR_TOTALS,
    HASHTAG_NAMES,
    HASHTAG_TOTALS,
    SOUND_TOTALS,
)
from streams.folding import EACH, FOLLOW, WHOLE, Change
from streams.folds.content.belonging import settle_video
from streams.folds.content.impact import impact_cents
from streams.hours import hour_of
from tests.unit.content_driver import (
    BASE,
    HOUR,
    comment_deleted,
    commented,
    community,
    community_changed,
    community_deleted,
    content_driver,
    creator,
    creator_changed,
    followers,
    joined,
    left,
    liked,
    observed,
    owned_video,
    published,
    saved,
    shared,
    sound,
    unliked,
    video_changed,
    video_removed,
    viewed,
)
from tests.unit.content_groups import (
    PAIRS,
    TOTALS,
    FollowedColumns,
    followed,
    grouped,
    members,
    settled,
    settled_members,
)
from tests.unit.fold_driver import FoldDriver
from tests.unit.spreading import SPREAD

STREAMS: Final = 60
EVENTS: Final = 120
VIDEOS: Final = ("v1", "v2", "v3", "v4")
CREATORS: Final = ("ada", "bob", "cy")
SOUNDS: Final = ("rain", "wind")
HASHTAGS: Final = ("#DIY", "diy", "ＤＩＹ", "Lamp", "#lamp", "wood", "#")
COMMUNITIES: Final = ("makers", "menders", "night")
COUNTS: Final = (0, 1, 2, 127, 128, 129, 1000, 10**6, 2**63 - 1)


def some(choose: random.Random, values: tuple[str, ...]) -> list[str]:
    return choose.sample(values, choose.randint(0, len(values)))


def described(choose: random.Random) -> dict[str, Any]:
    fields: dict[str, Callable[[], Any]] = {
        "creator_id": lambda: choose.choice(CREATORS),
        "sound_id": lambda: choose.choice((*SOUNDS, None)),
        "hashtags": lambda: some(choose, HASHTAGS),
        "communities": lambda: some(choose, COMMUNITIES),
        "caption": lambda: choose.choice(("A lamp", "", None)),
        "published_at": lambda: BASE - choose.randint(0, 5) * HOUR,
    }
    named = choose.sample(sorted(fields), choose.randint(1, len(fields)))
    return {name: fields[name]() for name in named}


def some_event(choose: random.Random) -> Any:
    """Any of the events that videos, and what is said of things, can change by."""
    video: dict[str, Any] = {
        "video_id": choose.choice(VIDEOS),
        "at": BASE + choose.randint(-3, 3) * HOUR,
    }
    totals = {name: choose.choice(COUNTS) for name in ("views", "likes", "comments", "saves")}
    some_totals: dict[str, Any] = dict(choose.sample(sorted(totals.items()), choose.randint(1, 4)))
    count = choose.choice((1, 1, 7, 1_000_000))
    return choose.choice(
        (
            lambda: published(**{"creator_id": choose.choice(CREATORS), **video, **described(choose)}),
            lambda: video_changed(**video, **described(choose)),
            lambda: video_changed(**video, **described(choose)),
            lambda: joined(choose.choice(COMMUNITIES), **video),
            lambda: left(choose.choice(COMMUNITIES), **video),
            lambda: observed(**video, **some_totals),
            lambda: choose.choice((viewed, liked, commented, shared, saved))(count, **video),
            lambda: choose.choice((unliked, comment_deleted))(count, **video),
            lambda: video_removed(**video) if choose.random() < 0.1 else viewed(count, **video),
            lambda: community_changed(choose.choice(COMMUNITIES), name="Makers"),
            lambda: creator(choose.choice(CREATORS)),
        )
    )()


@pytest.mark.parametrize("seed", range(STREAMS))
def test_totals_are_those_of_the_videos_wherever_flushes_end(seed: int) -> None:
    choose = random.Random(seed)
    print(f"seed {seed}")
    driver = content_driver()
    columns = FollowedColumns(driver)
    flushed = choose.choice((0.02, 0.2, 1))
    for _ in range(EVENTS):
        driver.given(some_event(choose))
        if choose.random() < flushed:
            columns.settle()
    columns.settle()

    for table in (*TOTALS, *PAIRS, COMMUNITY_HASHTAGS):
        assert settled(driver, table) == grouped(driver, table), table.name
    for table in TOTALS:
        assert settled_members(driver, table) == members(driver, table), table.name
    assert columns.shown() == followed(driver)


@pytest.mark.parametrize("seed", range(STREAMS))
def test_gains_are_the_same_wherever_flushes_end(seed: int) -> None:
    print(f"seed {seed}")
    choose = random.Random(seed)
    events = [some_event(choose) for _ in range(EVENTS)]
    once = content_driver().given(*events).settled()
    often = content_driver()
    for event in events:
        often.given(event)
        if choose.random() < 0.3:
            often.settled()

    assert often.settled().sums(ACTIVITY) == once.sums(ACTIVITY)
    assert often.outcomes == once.outcomes


def some_video(choose: random.Random) -> Video | None:
    if choose.random() < 0.1:
        return choose.choice((None, Video("v", removed=True)))
    counters = [choose.choice(COUNTS) for _ in range(5)]
    video = owned_video(
        "v",
        creator_id=choose.choice((*CREATORS, None)),
        sound_id=choose.choice((*SOUNDS, None)),
        hashtags=tuple(some(choose, ("diy", "lamp"))),
        communities=tuple(some(choose, COMMUNITIES[:2])),
        published_at=choose.choice((BASE, BASE - HOUR, None)),
        impact_cents=impact_cents(*counters),
    )
    return replace(video, **dict(zip(COUNTERS, counters, strict=True)))


def effect(*settlings: list[Change]) -> tuple[Counter[Any], dict[Any, Any], set[Any]]:
    """What changes amount to where they are stored: sums, rows and keys that follow."""
    sums: Counter[Any] = Counter()
    rows: dict[Any, Any] = {}
    follow: set[Any] = set()
    for table, key, column, value in (change for settling in settlings for change in settling):
        if column == WHOLE:
            rows[table.name, key] = value
        elif column == FOLLOW:
            follow.add((table.name, key))
        else:
            assert column == EACH
            assert len(value) == len(table.sums)
            assert all(type(amount) is int for amount in value)
            spreads = SPREAD.get(table)
            for into, other, amounts in spreads(key, value) if spreads else [(table, key, value)]:
                for place, amount in enumerate(amounts):
                    sums[into.name, other, place] += amount
    return Counter({place: total for place, total in sums.items() if total}), rows, follow


@pytest.mark.parametrize("seed", range(300))
def test_two_steps_amount_to_one(seed: int) -> None:
    print(f"seed {seed}")
    choose = random.Random(seed)
    before, between, after = (some_video(choose) for _ in range(3))
    sums, rows, follow = effect(settle_video(before, after))
    stepped = effect(settle_video(before, between), settle_video(between, after))

    assert sums == stepped[0]
    assert follow <= stepped[2]
    start = effect(settle_video(None, before))[1]
    assert {**start, **rows} == {**start, **{place: stepped[1][place] for place in rows}}
    assert {p: r for p, r in {**start, **rows}.items() if r} == {
        p: r for p, r in {**start, **stepped[1]}.items() if r
    }


def test_a_video_that_only_counted_changes_no_rows_while_its_orders_stay() -> None:
    video = owned_video("v", "ada", "rain", ("diy", "lamp"), ("makers",), BASE, views=100_000)
    sums, rows, follow = effect(settle_video(video, replace(video, views=100_001)))

    assert not rows
    assert not follow
    assert {table for table, _, _ in sums} == {
        "creator_totals", "sound_totals", "hashtag_totals", "community_totals",
        "sound_creators", "hashtag_creators", "community_creators", "community_hashtags",
    }  # fmt: skip
    assert set(sums.values()) == {1}


def test_a_video_that_only_was_named_again_changes_nothing() -> None:
    video = owned_video("v", "ada", "rain", ("diy",), ("makers",), BASE, views=5)
    assert settle_video(video, replace(video, version=9, changed_at=BASE)) == []


def test_an_order_that_changes_is_written_for_every_owner() -> None:
    video = owned_video("v", "ada", "rain", ("diy", "lamp"), ("makers",), BASE, views=5)
    _, rows, follow = effect(settle_video(video, replace(video, views=6)))
    assert {table for table, _ in rows} == {
        "creator_videos", "sound_videos", "hashtag_videos", "community_videos"
    }  # fmt: skip
    assert not follow


def test_a_video_without_owners_feeds_nobody() -> None:
    driver = content_driver().given(viewed(5)).settled()
    assert driver.sums(ACTIVITY) == {("video", "v", hour_of(BASE)): (5, 0, 0, 0, 0, 0)}
    assert all(not driver.sums(table) for table in (*TOTALS, *PAIRS, COMMUNITY_HASHTAGS))


def test_gains_go_to_the_owners_of_the_moment() -> None:
    driver = content_driver().given(
        published(creator_id="ada", hashtags=["#DIY"]),
        viewed(5),
        video_changed(creator_id="bob", hashtags=[]),
        commented(1, at=BASE + HOUR),
        video_removed(),
    )
    cells = driver.settled().sums(ACTIVITY)
    hour = hour_of(BASE)
    assert cells == {
        ("video", "v", hour): (5, 0, 0, 0, 0, 0),
        ("creator", "ada", hour): (5, 0, 0, 0, 0, 0),
        ("hashtag", "diy", hour): (5, 0, 0, 0, 0, 0),
        ("video", "v", hour + 1): (0, 0, 1, 0, 0, 10_000),
        ("creator", "bob", hour + 1): (0, 0, 1, 0, 0, 10_000),
    }


def test_a_hashtag_is_named_by_its_earliest_video_and_falls_back() -> None:
    driver = content_driver()
    columns = FollowedColumns(driver)
    driver.given(published("b", hashtags=["Diy"]), published("a", hashtags=["#DIY"], at=BASE + HOUR))
    columns.settle()
    assert columns.values[HASHTAG_TOTALS, ("diy",)] == (BASE + HOUR, "Diy")

    driver.given(video_changed("b", hashtags=[], at=BASE + 2 * HOUR))
    columns.settle()
    assert columns.values[HASHTAG_TOTALS, ("diy",)] == (BASE + HOUR, "DIY")
    assert driver.rows[HASHTAG_NAMES] == {("diy", "a"): HashtagName("diy", "a", "DIY", BASE + HOUR)}

    # Back again it is later than the other.
    driver.given(video_changed("b", hashtags=["dIY"], at=BASE + 3 * HOUR))
    columns.settle()
    assert columns.values[HASHTAG_TOTALS, ("diy",)] == (BASE + HOUR, "DIY")


def test_the_newest_falls_back_when_a_video_goes() -> None:
    driver = content_driver()
    columns = FollowedColumns(driver)
    for number in range(3):
        fields: dict[str, Any] = {"published_at": BASE + number * HOUR, "sound_id": "rain", "hashtags": ["x"]}
        driver.given(published(f"v{number}", **fields))
    columns.settle()
    assert columns.values[SOUND_TOTALS, ("rain",)] == (BASE + 2 * HOUR,)

    driver.given(video_removed("v2"), video_changed("v0", sound_id=None))
    columns.settle()
    assert columns.values[SOUND_TOTALS, ("rain",)] == (BASE + HOUR,)
    assert columns.values[HASHTAG_TOTALS, ("x",)] == (BASE + HOUR, "x")


def test_a_video_that_was_not_published_is_not_the_newest() -> None:
    driver = content_driver()
    columns = FollowedColumns(driver)
    driver.given(video_changed(creator_id="ada", sound_id="rain", hashtags=["x"]))
    columns.settle()
    assert columns.shown() == {
        (SOUND_TOTALS, ("rain",)): (None,),
        (HASHTAG_TOTALS, ("x",)): (None, "x"),
    }


def sums_of(driver: FoldDriver, table: Any, key: str) -> dict[str, int]:
    return dict(zip(table.sums, driver.sums(table).get((key,), [0] * len(table.sums)), strict=True))


def test_lists_know_of_creators_what_they_sort_by() -> None:
    driver = content_driver().given(followers(100)).settled()
    assert sums_of(driver, CREATOR_TOTALS, "ada")["known"] == 1
    assert sums_of(driver, CREATOR_TOTALS, "ada")["registered_us"] == 0

    driver.given(
        creator(), followers(90, at=BASE + HOUR), creator_changed(bio="Hi", at=BASE + HOUR)
    ).settled()
    totals = sums_of(driver, CREATOR_TOTALS, "ada")
    assert (totals["known"], totals["followers"]) == (1, 90)
    assert totals["registered_us"] == int(BASE.timestamp()) * 1_000_000


def test_lists_know_which_sounds_and_communities_there_are() -> None:
    driver = (
        content_driver().given(sound(), sound(), community(), published(communities=["makers"])).settled()
    )
    assert sums_of(driver, SOUND_TOTALS, "rain")["known"] == 1
    makers = sums_of(driver, COMMUNITY_TOTALS, "makers")
    assert (makers["known"], makers["deleted"], makers["videos"]) == (1, 0, 1)

    driver.given(community_deleted(), community_deleted("never")).settled()
    makers = sums_of(driver, COMMUNITY_TOTALS, "makers")
    assert (makers["known"], makers["deleted"], makers["videos"]) == (0, 1, 1)
    assert sums_of(driver, COMMUNITY_TOTALS, "never")["deleted"] == 1
