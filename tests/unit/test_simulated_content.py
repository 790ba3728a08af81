"""Simulated events of system 2: told of what stands, taken back when it happened, and seen by a crawler."""

from collections import Counter
from datetime import datetime

from events.instants import InstantRule
from events.simulation.content import SIMULATION, TAKEN_BACK, UNSEEN, UNSEEN_OF_MAX
from events.simulation.envelopes import Fields
from tests.unit.simulated_events import simulated


def at_of(event: Fields) -> datetime:
    return InstantRule().check(event["at"])


def test_what_there_is_is_announced_first() -> None:
    events = simulated(SIMULATION, 3_000)
    announcements = [event["type"].partition(".")[2] for event in events[:1_320]]

    assert Counter(announcements) == {
        "creator_registered": 100,
        "sound_registered": 200,
        "community_created": 20,
        "video_published": 1_000,
    }
    published = [at_of({"at": event["published_at"]}) for event in events[:1_320] if "published_at" in event]
    assert len(published) == 1_000
    assert max(published) <= at_of(events[1_319])


def test_nothing_is_told_of_a_video_before_it_is_published_or_after_it_was_removed() -> None:
    standing: set[str] = set()
    removed = 0
    for event in simulated(SIMULATION, 60_000, retracted=0.05, videos=50):
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
    for event in simulated(SIMULATION, 120_000):
        named = {event.get("community_id"), *(event.get("communities") or ())}
        # A video may still leave one: what was remembered of it comes out at some time.
        assert named.isdisjoint(gone) or event["type"].endswith("left_community"), event
        if event["type"] == "content.community_deleted":
            gone.add(event["community_id"])
    assert gone


def test_only_what_happened_is_taken_back() -> None:
    happened: Counter[tuple[str, str]] = Counter()
    back = {f"content.{taken}": f"content.{name}" for name, (taken, _) in TAKEN_BACK.items()}
    for event in simulated(SIMULATION, 30_000, retracted=0.2):
        if (name := event["type"]) in back:
            assert happened[back[name], event["video_id"]] > 0
            happened[back[name], event["video_id"]] -= 1
        elif "video_id" in event:
            happened[name, event["video_id"]] += 1


def test_the_crawler_sees_totals_about_what_was_told_and_sometimes_less_than_before() -> None:
    last: dict[str, int] = {}
    told: Counter[str] = Counter()
    falls = 0
    for event in simulated(SIMULATION, 30_000, videos=20):
        if event["type"] == "content.video_viewed":
            told[event["video_id"]] += event.get("count", 1)
        elif event["type"] == "content.video_metrics_observed":
            video_id, views = event["video_id"], event["views"]
            falls += views < last.get(video_id, 0)
            last[video_id] = views
    assert falls
    busiest = max(told, key=lambda video_id: told[video_id])
    assert last[busiest] > told[busiest] / 2


def test_what_is_observed_again_and_again_does_not_grow_without_bounds() -> None:
    views = [event["views"] for event in simulated(SIMULATION, 60_000, videos=1) if "views" in event]
    assert len(views) > 3_000
    assert max(views) < 2 * 60_000 + len(views) * UNSEEN * UNSEEN_OF_MAX
