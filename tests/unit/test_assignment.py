"""Topics given at the least cost, whatever the capacities; decided in parts, folded as one run."""

import random
from collections import Counter
from itertools import permutations
from typing import Any, Final, get_args

import pytest

from events.codec import EVENT_BYTES_MAX, encode
from events.decisions import decision_id
from events.errors import WrongUsage
from events.rankings_decisions import AssignmentAlgorithm
from projections.rankings.rows import Assigned, AssignmentRun
from projections.rankings.tables import ASSIGNMENT_RUNS, ASSIGNMENTS
from streams.folds.rankings.assigning import ALGORITHMS, assigning, executions
from streams.folds.rankings.hungarian import Ballots, Given, assigned
from tests.unit.rankings_driver import BASE, PERIOD, executed, period_of, rankings_driver

SETS: Final = 200


def outcome(ballots: Ballots, capacities: dict[str, int]) -> tuple[int, dict[str, str | None]]:
    given = assigned(ballots, capacities)
    return given.cost, {each.student_id: each.topic_id for each in given.assignments}


def test_everybody_gets_what_costs_least_together() -> None:
    ballots = {"ada": {"x": 1, "y": 2}, "bob": {"x": 1}, "cy": {"z": 1, "x": 2}}
    found = outcome(ballots, {"x": 1, "y": 1, "z": 1})
    assert found == (4, {"ada": "y", "bob": "x", "cy": "z"})
    assert outcome(ballots, {"x": 2, "y": 1, "z": 1}) == (3, {"ada": "x", "bob": "x", "cy": "z"})


def test_a_topic_not_ranked_costs_one_more_than_there_are_topics() -> None:
    given = assigned({"ada": {"x": 1}, "bob": {"x": 1}}, {"x": 1, "y": 1})
    assert given.cost == 1 + 3
    assert sorted((each.topic_id, each.position) for each in given.assignments) == [("x", 1), ("y", None)]


def test_who_finds_no_room_gets_nothing() -> None:
    given = assigned({"ada": {"x": 1}, "bob": {"x": 1}}, {"x": 1})
    assert given.cost == 1 + 2
    (left,) = [each for each in given.assignments if each.topic_id is None]
    assert left.position is None


def test_capacities_beyond_the_students_change_nothing() -> None:
    ballots = {f"student {n}": {"x": 1, "y": 2} for n in range(3)}
    assert outcome(ballots, {"x": 1_000_000, "y": 1_000_000})[0] == 3


@pytest.mark.parametrize(
    ("ballots", "capacities", "says"),
    [
        ({}, {"x": 1}, "0 students"),
        ({"ada": {}}, {}, "0 topics"),
        ({f"{n}": {} for n in range(5_001)}, {"x": 10**6}, "25,010,001 pairs"),
    ],
)
def test_what_cannot_be_assigned_is_said(ballots: Ballots, capacities: dict[str, int], says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        assigned(ballots, capacities)


def test_there_is_one_algorithm() -> None:
    assert set(ALGORITHMS) == set(get_args(AssignmentAlgorithm))
    with pytest.raises(WrongUsage, match="choose from hungarian"):
        assigning("p", "boston")


def test_it_costs_as_little_as_any_assignment() -> None:
    """Against all assignments of small periods; and equal ballots give equal assignments."""
    seed = 3
    print(f"seed {seed}")
    choose = random.Random(seed)
    for _ in range(SETS):
        topics = [f"t{n}" for n in range(choose.randint(1, 3))]
        capacities = {topic: choose.randint(1, 2) for topic in topics}
        ballots = {
            f"s{n}": dict(zip(choose.sample(topics, ranked), range(1, ranked + 1), strict=True))
            for n in range(choose.randint(1, 4))
            for ranked in [choose.randint(1, len(topics))]
        }
        given = assigned(ballots, capacities)
        assert given.cost == least_cost(ballots, capacities)
        taken = Counter(each.topic_id for each in given.assignments if each.topic_id is not None)
        assert all(times <= capacities[topic] for topic, times in taken.items())
        assert [each.student_id for each in given.assignments] == sorted(ballots)
        again = dict(reversed(ballots.items())), dict(reversed(capacities.items()))
        assert assigned(*again) == given


def least_cost(ballots: Ballots, capacities: dict[str, int]) -> int:
    places: list[str | None] = [topic for topic, room in capacities.items() for _ in range(room)]
    places += [None] * len(ballots)
    most = len(capacities) + 1
    return min(
        sum(
            ballot.get(topic, most) if topic is not None else most
            for ballot, topic in zip(ballots.values(), chosen, strict=True)
        )
        for chosen in permutations(places, len(ballots))
    )


def test_a_decision_is_in_parts_that_make_one_run() -> None:
    ballots = {f"{n:04}" + "x" * 296: {"t": 1} for n in range(400)}
    given = assigned(ballots, {"t": 300})
    row = {"period_id": PERIOD, "algorithm": "hungarian", "given": given}
    events = executions(BASE, [row])
    assert len(events) > 1
    assert max(len(encode(each)) for each in events) <= EVENT_BYTES_MAX
    name = "rankings.algorithm_executed"
    assert [each.id for each in events] == [decision_id(name, BASE, n) for n in range(len(events))]
    assert {each.run for each in events} == {str(events[0].id)}
    assert [each for event in events for each in event.assignments] == given.assignments
    assert {each.cost for each in events} == {300 + 200}


def test_one_too_large_for_a_decision_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.folds.rankings.assigning.PARTS_MAX", 1)
    given = assigned({f"{n:04}" + "x" * 296: {"t": 1} for n in range(400)}, {"t": 300})
    with pytest.raises(WrongUsage, match="split the period"):
        executions(BASE, [{"period_id": PERIOD, "algorithm": "hungarian", "given": Given(*given)}])


def test_a_run_shows_once_all_parts_are_folded() -> None:
    driver = rankings_driver("x").given(part(0, [("ada", "x", 1)]), part(0, [("ada", "x", 1)]))
    key = (PERIOD, "run 1")
    assert driver.rows[ASSIGNMENT_RUNS] == {
        key: AssignmentRun(*key, "hungarian", BASE, 3, 2, (0,), students=1, assigned=1)
    }
    driver.given(part(1, [("bob", None, None)]), part(1, [("bob", None, None)], parts=3))
    assert driver.outcomes == ["applied", "duplicate", "applied", "duplicate"]
    assert driver.rows[ASSIGNMENT_RUNS] == {
        key: AssignmentRun(*key, "hungarian", BASE, 3, 2, (0, 1), True, students=2, assigned=1)
    }
    assert driver.rows[ASSIGNMENTS] == {
        (*key, "ada"): Assigned(*key, "ada", "x", 1),
        (*key, "bob"): Assigned(*key, "bob", None, None),
    }
    assert period_of(driver).version == 2 + 2


def part(number: int, assignments: list[Any], parts: int = 2) -> Any:
    return executed(assignments, part=number, parts=parts, cost=3)


def test_parts_that_do_not_fit_and_what_nobody_decided_are_refused() -> None:
    forged = executed([], id="01938f7e-5c00-7a3b-9d2e-4f5061728394")
    driver = rankings_driver("x").given(forged, part(0, []), part(1, [], parts=3))
    assert driver.outcomes == ["not_a_decision", "applied", "not_a_decision"]
    assert rankings_driver().given(forged).outcomes == ["not_a_decision"]
