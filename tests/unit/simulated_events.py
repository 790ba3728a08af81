"""What tests of every simulation look at: events of a day, each valid, from the seed alone."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.simulation.envelopes import Fields
from events.simulation.simulation import Simulation
from events.simulation.traffic import Made, Traffic
from events.structs import EventStruct

BEGIN: Final = datetime(2026, 11, 1, tzinfo=UTC)
END: Final = BEGIN + timedelta(days=1)
SEED: Final = 11
SAMPLE: Final = 20
"""Events of each type that are read by their model too: that is slow."""

TRAFFIC_OPTIONS: Final = ("exponent", "bursts", "late", "double", "retracted")


def simulated(
    simulation: type[Simulation[Any]],
    events: int,
    *,
    made: Made | None = None,
    seed: int = SEED,
    **options: Any,
) -> list[Fields]:
    """So many events of a day; options are of the traffic or of the world."""
    print(f"seed {seed}")
    of_traffic = {name: options.pop(name) for name in TRAFFIC_OPTIONS if name in options}
    world = simulation.world_type(Traffic(events, BEGIN, END, **of_traffic), **options)
    return list(simulation.stream(world, seed, made))


def assert_valid(system: str, events: Sequence[Fields], not_simulated: frozenset[str] = frozenset()) -> None:
    """Every type is there but decisions and those, every event is taken, a sample by its model too."""
    codec = Codec(system=system)
    found = codec.decode_many(map(msgspec.json.encode, events))
    assert [event for event in found if not isinstance(event, EventStruct)] == []
    sampled: Counter[str] = Counter()
    for event in events:
        sampled[event["type"]] += 1
        if sampled[event["type"]] <= SAMPLE:
            read = default_catalogue().read(event, system)
            assert isinstance(read, Event), (event, read)
            assert codec.decode(encode(read)) == codec.decode(msgspec.json.encode(event))
    types = default_catalogue().systems[system].types
    wanted = {model.type_name() for model in types if not model.decision} - not_simulated
    assert sampled.keys() == wanted
