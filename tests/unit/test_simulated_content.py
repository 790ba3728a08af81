"""Simulated events of system 2: valid, as many as asked for, from the seed alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import msgspec
import pytest

from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.errors import WrongUsage
from events.instants import InstantRule
from events.simulation.content import TAKEN_BACK, ContentWorld, stream
from events.simulation.envelopes import Fields
from events.simulation.traffic import Made, Traffic
from events.structs import EventStruct

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=1)
SEED = 11
MANY_EVENTS = 120_000
DECISIONS = {"content.leaderboard_closed", "content.reconciled"}


def world(events: int, *, videos: int = 1_000, **options: Any) -> ContentWorld:
    return ContentWorld(Traffic(events, BEGIN, END, **options), videos=videos)


def simulated(seed: int = SEED, events: int = 20_000, **options: Any) -> Iterator[Fields]:
    return stream(world(events, **options), seed)


@cache
def many() -> tuple[list[Fields], Made]:
    """A day with everything in it, and what was counted of it."""
    print(f"seed {SEED}")
    made = Made()
    return list(stream(world(MANY_EVENTS, late=0.01, double=0.01, retracted=0.02), SEED, made)), made


def at_of(event: Fields) -> datetime:
    return InstantRule().check(event["at"])


def test_every_type_but_the_decisions_is_there_and_each_event_is_valid() -> None:
    events, made = many()
    codec = Codec(system="content")
    found = codec.decode_many(map(msgspec.json.encode, events))

    assert [event for event in found if not isinstance(event, EventStruct)] == []
    system = default_catalogue().systems["content"]
    assert made.by_type.keys() == {model.type_name() for model in system.types} - DECISIONS


def test_a_sample_of_each_type_is_taken_by_its_model_and_says_the_same() -> None:
    sampled: Counter[str] = Counter()
    codec = Codec(system="content")
    for event in many()[0]:
        sampled[event["type"]] += 1
        if sampled[event["type"]] <= 20:
            read = default_catalogue().read(event, "content")
            assert isinstance(read, Event), (event, read)
            assert codec.decode(encode(read)) == codec.decode(msgspec.json.encode(event))


def test_the_shares_are_as_asked_for_and_counted() -> None:
    events, made = many()

    assert made.events == MANY_EVENTS == len({event["id"] for event in events}) == sum(made.by_type.values())
    assert made.records == len(events)
    assert made.announced == 1_320
    assert made.late_share == pytest.approx(0.01, rel=0.1)
    assert made.double_share == pytest.approx(0.01, rel=0.1)
    assert made.retracted_share == pytest.approx(0.02, rel=0.1)
    taken_back = sum(made.by_type[f"content.{name}"] for name, _ in TAKEN_BACK.values())
    assert made.retracted == taken_back
    assert made.in_bursts > 0


def test_the_same_seed_gives_the_same_bytes_and_another_one_a_world_of_its_own() -> None:
    def lines(seed: int) -> list[bytes]:
        return [msgspec.json.encode(event) for event in simulated(seed, 5_000, late=0.1, double=0.1)]

    assert lines(1) == lines(1)
    ids = [{msgspec.json.decode(line).get("video_id") for line in lines(seed)} - {None} for seed in (1, 2)]
    assert ids[0].isdisjoint(ids[1])


def test_what_there_is_is_announced_first_and_all_happens_in_the_span() -> None:
    events = list(simulated(events=3_000))
    announcements = [event["type"].partition(".")[2] for event in events[:1_320]]

    assert Counter(announcements) == {
        "creator_registered": 100,
        "sound_registered": 200,
        "community_created": 20,
        "video_published": 1_000,
    }
    times = [at_of(event) for event in events]
    assert times == sorted(times)
    assert BEGIN <= times[0] <= times[-1] < END
    published = [at_of({"at": event["published_at"]}) for event in events[:1_320] if "published_at" in event]
    assert len(published) == 1_000
    assert max(published) <= times[1_319]


def test_nothing_is_told_of_a_video_before_it_is_published_or_after_it_was_removed() -> None:
    standing: set[str] = set()
    removed = 0
    for event in simulated(events=60_000, retracted=0.05, videos=50):
        if event["type"] == "content.video_published":
            standing.add(event["video_id"])
        elif event["type"] == "content.video_removed":
            standing.remove(event["video_id"])
            removed += 1
        elif "video_id" in event:
            assert event["video_id"] in standing, event
    assert removed
    assert len(standing) == 50


def test_nothing_is_told_of_a_community_after_it_was_deleted() -> None:
    gone: set[str] = set()
    for event in simulated(events=MANY_EVENTS):
        named = {event.get("community_id"), *(event.get("communities") or ())}
        # A video may still leave one: what was remembered of it comes out at some time.
        assert named.isdisjoint(gone) or event["type"].endswith("left_community"), event
        if event["type"] == "content.community_deleted":
            gone.add(event["community_id"])
    assert gone


def test_only_what_happened_is_taken_back() -> None:
    happened: Counter[tuple[str, str]] = Counter()
    back = {f"content.{taken}": f"content.{name}" for name, (taken, _) in TAKEN_BACK.items()}
    for event in simulated(events=30_000, retracted=0.2):
        if (name := event["type"]) in back:
            assert happened[back[name], event["video_id"]] > 0
            happened[back[name], event["video_id"]] -= 1
        elif "video_id" in event:
            happened[name, event["video_id"]] += 1


def test_the_crawler_sees_totals_about_what_was_told_and_sometimes_less_than_before() -> None:
    last: dict[str, int] = {}
    told: Counter[str] = Counter()
    falls = 0
    for event in simulated(events=30_000, videos=20):
        if event["type"] == "content.video_viewed":
            told[event["video_id"]] += event.get("count", 1)
        elif event["type"] == "content.video_metrics_observed":
            video_id, views = event["video_id"], event["views"]
            falls += views < last.get(video_id, 0)
            last[video_id] = views
    assert falls
    busiest = max(told, key=lambda video_id: told[video_id])
    assert last[busiest] > told[busiest] / 2


def test_events_are_made_when_they_are_asked_for() -> None:
    started = list(islice(simulated(events=1_000_000_000), 3))

    assert [event["type"] for event in started] == ["content.creator_registered"] * 3


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"videos": 0}, "videos must be 1 to 10,000,000, is 0"),
        ({"creators": 1_000_001}, "creators must be 1 to 1,000,000, is 1,000,001"),
        ({"sounds": 0}, "sounds must be"),
        ({"hashtags": 0}, "hashtags must be"),
        ({"communities": 0}, "communities must be"),
        ({"videos": 20_000}, "the announcements alone are 20,320"),
    ],
)
def test_a_world_beyond_its_limits_is_refused(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(WrongUsage, match=message):
        ContentWorld(Traffic(20_000, BEGIN, END), **sizes)


def test_a_world_of_one_of_each_works() -> None:
    traffic = Traffic(500, BEGIN, BEGIN + timedelta(milliseconds=20), late=0.5, double=0.5, retracted=0.5)
    small = ContentWorld(traffic, videos=1, creators=1, sounds=1, hashtags=1, communities=1)
    made = Made()

    assert len(list(stream(small, SEED, made))) == made.records
    assert made.events == 500
