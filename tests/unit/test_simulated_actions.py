"""Simulated events of system 1: valid, as many as asked for, from the seed alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.errors import WrongUsage
from events.simulation.actions import WEIGHTS, ActionsWorld, stream
from events.simulation.envelopes import Fields
from events.simulation.traffic import Made, Traffic
from events.structs import EventStruct

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=1)
SEED = 11
NOT_SIMULATED = {"actions.hour_closed", "actions.wave_deleted"}


def simulated(made: Made, events: int = 30_000, seed: int = SEED, **options: Any) -> list[Fields]:
    print(f"seed {seed}")
    return list(stream(ActionsWorld(Traffic(events, BEGIN, END, **options)), seed, made))


def test_each_event_is_valid_and_a_sample_is_taken_by_its_model() -> None:
    made = Made()
    events = simulated(made, late=0.02, double=0.02, retracted=0.05)
    codec = Codec(system="actions")
    found = codec.decode_many(map(msgspec.json.encode, events))

    assert [event for event in found if not isinstance(event, EventStruct)] == []
    system = default_catalogue().systems["actions"]
    assert made.by_type.keys() == {model.type_name() for model in system.types} - NOT_SIMULATED
    sampled: Counter[str] = Counter()
    for event in events:
        sampled[event["type"]] += 1
        if sampled[event["type"]] <= 20:
            read = default_catalogue().read(event, "actions")
            assert isinstance(read, Event), (event, read)
            assert codec.decode(encode(read)) == codec.decode(msgspec.json.encode(event))


def test_the_shares_are_as_asked_for_and_counted() -> None:
    made = Made()
    events = simulated(made, late=0.02, double=0.03, retracted=0.05)

    assert made.events == 30_000 == len({event["id"] for event in events})
    assert made.announced == len(WEIGHTS) + 20 + 400
    assert made.records == len(events)
    assert made.late_share == pytest.approx(0.02, rel=0.15)
    assert made.double_share == pytest.approx(0.03, rel=0.15)
    assert made.retracted_share == pytest.approx(0.05, rel=0.15)
    assert made.retracted == made.by_type["actions.action_retracted"]


def test_the_same_seed_gives_the_same_events_and_another_one_a_world_of_its_own() -> None:
    first, again, other = (simulated(Made(), 5_000, seed) for seed in (1, 1, 2))

    assert first == again
    waves = [{event.get("wave_id") for event in events} - {None} for events in (first, other)]
    assert waves[0].isdisjoint(waves[1])


def test_only_standing_ripples_are_acted_in_and_only_what_happened_is_taken_back() -> None:
    standing: set[tuple[str, str]] = set()
    actions: dict[str, tuple[str, str]] = {}
    deleted = 0
    for event in simulated(Made(), 60_000, retracted=0.1):
        if "ripple_id" not in event:
            continue
        ripple = (event["wave_id"], event["ripple_id"])
        match event["type"]:
            case "actions.ripple_created":
                standing.add(ripple)
            case "actions.ripple_deleted":
                standing.remove(ripple)
                deleted += 1
            case "actions.action_logged":
                assert ripple in standing
                actions[event["action_id"]] = ripple
            case "actions.action_retracted":
                assert actions.pop(event["action_id"]) == ripple
            case _:
                assert ripple in standing, event
    assert deleted
    assert len(standing) == 400


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"waves": 0}, "waves must be 1 to 100,000, is 0"),
        ({"ripples_per_wave": 0}, "ripples per wave must be"),
        ({"waves": 100_000, "ripples_per_wave": 101}, "ripples must be 1 to 10,000,000, is 10,100,000"),
        ({"users": 0}, "users must be"),
        ({"waves": 1_000}, "the announcements alone are 21,003"),
    ],
)
def test_a_world_beyond_its_limits_is_refused(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(WrongUsage, match=message):
        ActionsWorld(Traffic(1_000, BEGIN, END), **sizes)
