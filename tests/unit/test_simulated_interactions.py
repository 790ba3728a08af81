"""Simulated events of system 5: told of what stands, branched deep, taken back when it was done."""

from collections import Counter
from typing import Final

from events.simulation.interactions import SIMULATION
from tests.unit.simulated_events import simulated

EVENTS: Final = 30_000


def test_nothing_happens_to_an_entry_before_it_is_there_or_after_it_is_deleted() -> None:
    standing: set[str] = set()
    deleted = 0
    for event in simulated(SIMULATION, 60_000, retracted=0.1, entries=100):
        entry = event["entry_id"]
        match event["type"]:
            case "interactions.entry_created":
                standing.add(entry)
            case "interactions.entry_deleted":
                standing.remove(entry)
                deleted += 1
            case "interactions.entry_branched":
                assert event["child_id"] not in standing
                assert entry in standing
                standing.add(event["child_id"])
            case _:
                assert entry in standing, event
    assert deleted


def test_branches_have_branches() -> None:
    depths: dict[str, int] = {}
    for event in simulated(SIMULATION, EVENTS):
        if event["type"] == "interactions.entry_branched":
            assert event["child_id"] not in depths, "a second parent"
            depths[event["child_id"]] = depths.get(event["entry_id"], 0) + 1
    assert max(depths.values()) > 5


def test_only_what_was_done_is_taken_back_and_people_change_their_minds() -> None:
    """Somebody may resonate twice: then there is nothing to take back the second time."""
    did: Counter[tuple[str, str, str]] = Counter()
    removed = 0
    for event in simulated(SIMULATION, EVENTS, retracted=0.2):
        kind, _, way = event["type"].removeprefix("interactions.").partition("_")
        did[kind, event["entry_id"], event["actor"]] += way != "removed"
        if way == "removed":
            removed += 1
            assert did[kind, event["entry_id"], event["actor"]] > 0, event
    assert removed > 1_000
