"""What holds of every simulation, whatever its system: valid events, as asked for, from the seed alone."""

from collections import Counter
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any, Final

import msgspec
import pytest
import typer.main

from deploy.cli import build_app
from events.catalogue import default_catalogue
from events.errors import WrongUsage
from events.instants import InstantRule
from events.simulation.catalogue import simulations
from events.simulation.envelopes import Fields
from events.simulation.traffic import EVENTS_MAX, Made, Traffic
from tests.unit.simulated_events import BEGIN, END, assert_valid, simulated

SYSTEMS: Final = sorted(simulations())
EVENTS: Final = 30_000
EVENTS_OF: Final = {"content": 120_000}
"""Where a type is too rare to be among EVENTS."""
NOT_SIMULATED: Final = {"actions": frozenset({"actions.wave_deleted"})}
SHARES: Final[dict[str, Any]] = {"late": 0.02, "double": 0.03, "retracted": 0.05}


@cache
def many(system: str) -> tuple[list[Fields], Made]:
    """A day with everything in it, and what was counted of it."""
    made = Made()
    events = simulated(simulations()[system], EVENTS_OF.get(system, EVENTS), made=made, **SHARES)
    return events, made


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_type_but_the_decisions_is_there_and_each_event_is_valid(system: str) -> None:
    assert_valid(system, many(system)[0], NOT_SIMULATED.get(system, frozenset()))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_shares_are_as_asked_for_and_everything_is_counted(system: str) -> None:
    events, made = many(system)
    assert made.events == len({event["id"] for event in events}) == EVENTS_OF.get(system, EVENTS)
    once = {event["id"]: event["type"] for event in events}
    assert made.by_type == Counter(once.values())
    assert made.records == len(events)
    assert {name: getattr(made, f"{name}_share") for name in SHARES} == pytest.approx(SHARES, rel=0.2)
    assert made.in_bursts > 0


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_seed_gives_the_same_bytes_and_another_one_a_world_of_its_own(system: str) -> None:
    first, again, other = (simulated(simulations()[system], 5_000, seed=seed, **SHARES) for seed in (1, 1, 2))
    assert [msgspec.json.encode(event) for event in first] == [msgspec.json.encode(event) for event in again]
    assert keys_of(first)
    assert keys_of(first).isdisjoint(keys_of(other))


def keys_of(events: list[Fields]) -> set[str]:
    """What the events are about: their keys, but those of what every world shares."""
    models = {event["type"]: default_catalogue()[event["type"]] for event in events}
    return {
        event[model.key_field]
        for event in events
        if not (model := models[event["type"]]).reference and model.constant_key is None
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_there_is_is_announced_first_and_all_happens_in_the_span(system: str) -> None:
    made = Made()
    events = simulated(simulations()[system], 5_000, made=made)
    times = [InstantRule().check(event["at"]) for event in events]
    assert times == sorted(times)
    assert BEGIN <= times[0] <= times[made.announced - 1] < BEGIN + (END - BEGIN) / 100
    assert times[made.announced] >= BEGIN + (END - BEGIN) / 100
    assert times[-1] < END


@pytest.mark.parametrize("system", SYSTEMS)
def test_events_are_made_when_they_are_asked_for(system: str) -> None:
    simulation = simulations()[system]
    world = simulation.world_type(Traffic(EVENTS_MAX, BEGIN, END))
    assert len(list(islice(simulation.stream(world, 1), 3))) == 3


@pytest.mark.parametrize(
    ("system", "name"),
    [(system, size.name) for system in SYSTEMS for size in simulations()[system].world_type.sizes()],
)
def test_a_size_beyond_its_limits_is_refused_with_the_limit_and_the_value(system: str, name: str) -> None:
    world = simulations()[system].world_type
    (size,) = (size for size in world.sizes() if size.name == name)
    for beyond in (size.at_least - 1, size.at_most + 1):
        with pytest.raises(WrongUsage, match=rf"^{name.replace('_', ' ')} must be .*, is {beyond:,}: give"):
            world(Traffic(EVENTS_MAX, BEGIN, END), **{name: beyond})


@pytest.mark.parametrize("system", SYSTEMS)
def test_fewer_events_than_announcements_are_refused(system: str) -> None:
    world = simulations()[system].world_type
    announced = world(Traffic(EVENTS_MAX, BEGIN, END)).announcements
    with pytest.raises(WrongUsage, match=f"the announcements alone are {announced:,}"):
        world(Traffic(announced - 1, BEGIN, END))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_world_of_one_of_each_works(system: str) -> None:
    simulation = simulations()[system]
    traffic = Traffic(500, BEGIN, BEGIN + timedelta(milliseconds=20), late=0.5, double=0.5, retracted=0.5)
    world = simulation.world_type(traffic, **{size.name: 1 for size in simulation.world_type.sizes()})
    made = Made()
    assert len(list(simulation.stream(world, 1, made))) == made.records
    assert made.events == 500


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_sizes_of_its_world_are_options_of_its_command(system: str) -> None:
    group: Any = typer.main.get_command(build_app())
    options = {option.opts[0]: option for option in group.commands["simulate"].commands[system].params}
    for size in simulations()[system].world_type.sizes():
        option = options[size.option]
        assert (option.help, option.default) == (size.help_text, size.default)
        assert (option.min, option.max) == (size.at_least, size.at_most)


@pytest.mark.parametrize("system", SYSTEMS)
def test_its_help_says_what_it_simulates_and_shows_how(system: str) -> None:
    told = simulations()[system].__doc__ or ""
    assert told.startswith("Simulate system ")
    assert f"Example: groundswell simulate {system} --" in told
