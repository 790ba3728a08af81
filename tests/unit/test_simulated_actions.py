"""Simulated events of system 1: what is acted in stands, and what is taken back happened."""

import pytest

from events.errors import WrongUsage
from events.simulation.actions import SIMULATION, ActionsWorld
from events.simulation.traffic import Traffic
from tests.unit.simulated_events import BEGIN, END, simulated


def test_only_standing_ripples_are_acted_in_and_only_what_happened_is_taken_back() -> None:
    standing: set[tuple[str, str]] = set()
    actions: dict[str, tuple[str, str]] = {}
    deleted = 0
    for event in simulated(SIMULATION, 60_000, retracted=0.1):
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


def test_too_many_ripples_in_all_are_refused() -> None:
    with pytest.raises(WrongUsage, match="ripples must be 1 to 10,000,000, is 10,100,000"):
        ActionsWorld(Traffic(1_000, BEGIN, END), waves=100_000, ripples_per_wave=101)
