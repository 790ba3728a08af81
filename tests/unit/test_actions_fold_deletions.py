"""Deleting ripples and waves: hidden at once, purged in pages, and in the end as if it had never been."""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from projections.actions.tables import (
    ACTIONS,
    ACTIVITY_HOURS,
    ACTIVITY_MINUTES,
    BUCKET_WEIGHTS,
    MEMBERSHIPS,
    RIPPLES,
    USER_UNITS,
    USER_WAVES,
    WAVES,
    Action,
    Ripple,
    Wave,
)
from tests.unit.actions_driver import (
    BASE,
    HOUR,
    actions_driver,
    boosted,
    joined,
    left,
    logged,
    retracted,
    ripple,
    ripple_deleted,
    wave,
    wave_changed,
    wave_deleted,
    weight_set,
)
from tests.unit.fold_driver import FoldDriver

COUNTERS = (USER_WAVES, USER_UNITS, ACTIVITY_HOURS, ACTIVITY_MINUTES)
STATES = (WAVES, RIPPLES, MEMBERSHIPS, ACTIONS, BUCKET_WEIGHTS)


def contents(driver: FoldDriver) -> dict[str, Any]:
    """Everything that the tables hold."""
    counted: dict[str, Any] = {table.name: driver.sums(table) for table in COUNTERS}
    rows = {table.name: dict(driver.rows[table]) for table in STATES}
    # A sum of floats depends on the order by its last digits.
    rounded = {key: replace(row, heat_sum=round(row.heat_sum, 9)) for key, row in rows["ripples"].items()}
    return counted | rows | {"ripples": rounded}


def busy_ripple(ripple_id: str) -> list[Any]:
    """A ripple in which people joined, acted, retracted and left."""
    return [
        ripple(ripple_id),
        joined("ann", ripple_id),
        joined("bob", ripple_id),
        logged(f"{ripple_id}-1", "ann", ripple_id, quantity=3, unit="trees"),
        logged(f"{ripple_id}-2", "ann", ripple_id, bucket="planning"),
        logged(f"{ripple_id}-3", "eve", ripple_id, quantity=4, unit="trees", at=BASE - HOUR),
        retracted(f"{ripple_id}-2", ripple_id),
        boosted(7, ripple_id),
        left("bob", ripple_id),
    ]


def test_a_deleted_ripple_leaves_the_wave_at_once_and_the_rest_page_by_page() -> None:
    without = actions_driver().given(wave(), *busy_ripple("stays"))
    driver = actions_driver().given(
        wave(), *busy_ripple("stays"), *busy_ripple("goes"), ripple_deleted("goes")
    )

    assert driver.rows[WAVES] == without.rows[WAVES]
    assert driver.rows[RIPPLES]["w", "goes"].purging
    assert driver.sums(USER_WAVES) != without.sums(USER_WAVES)

    driver.finish_chores()

    for table in COUNTERS:
        assert driver.sums(table) == without.sums(table)
    assert driver.rows[MEMBERSHIPS] == without.rows[MEMBERSHIPS]
    assert driver.rows[RIPPLES]["w", "goes"] == Ripple("w", "goes", deleted=True)
    assert driver.rows[ACTIONS]["w", "goes-1"] == Action("w", "goes-1", "goes")


def test_a_deleted_wave_leaves_only_its_tombstone() -> None:
    without = actions_driver().given(wave("v"), logged("a", "ann", "r", "v"))
    driver = actions_driver().given(
        wave("v"), logged("a", "ann", "r", "v"), wave(), *busy_ripple("r"), retracted("stub"), wave_deleted()
    )
    assert driver.rows[WAVES][("w",)] == Wave("w", 0, deleted=True)

    driver.finish_chores()

    without.rows[WAVES][("w",)] = Wave("w", 0, deleted=True)
    assert contents(driver) == contents(without)


def test_what_comes_after_a_deletion_is_refused() -> None:
    driver = actions_driver().given(logged("a"), ripple_deleted(), wave_deleted("v"))
    late = [logged("b"), logged("a"), retracted("a"), joined("ann"), left("ann"), boosted(1), ripple()]
    late += [ripple_deleted(), wave("v"), wave_changed("v", title="x"), wave_deleted("v")]

    driver.given(*late, ripple(wave_id="v"), ripple_deleted(wave_id="v"), joined("ann", wave_id="v"))

    assert driver.outcomes[3:] == ["removed"] * 14


def test_an_action_of_a_deleted_ripple_stays_known_in_its_wave() -> None:
    driver = actions_driver().given(logged("a"), ripple_deleted())

    driver.given(logged("a", ripple_id="other"), retracted("a", "other")).finish_chores()
    driver.given(logged("a", ripple_id="other"), retracted("a", "other"))

    assert driver.outcomes[2:] == ["duplicate", "ripple_mismatch"] * 2


def test_deleting_something_unknown_makes_a_tombstone() -> None:
    driver = actions_driver().given(
        ripple_deleted(), wave_deleted("v"), logged("a"), logged("a", wave_id="v")
    )

    assert driver.outcomes == ["applied", "applied", "removed", "removed"]
    assert driver.rows[WAVES] == {("v",): Wave("v", 0, deleted=True)}
    assert [chore.kind for chore in driver.chores if chore.arguments["wave_id"] == "w"] == []


def random_event(random: Random, number: int) -> Any:
    """Something that happens in one of a few waves, ripples and users, so that they meet often."""
    where = {"wave_id": random.choice(["w", "v"]), "ripple_id": random.choice(["r", "s", "t"])}
    actor = random.choice(["ann", "bob", "eve"])
    action_id = str(random.randrange(40))
    at = BASE - random.randrange(6) * HOUR
    bucket = random.choice(["cleaning", "planning"])
    achieved: dict[str, Any] = {"quantity": random.randrange(9), "unit": random.choice(["kg", "trees"])}
    kinds: list[tuple[int, Any]] = [
        (40, lambda: logged(action_id, actor, bucket=bucket, at=at, **achieved, **where)),
        (10, lambda: joined(actor, **where)),
        (5, lambda: left(actor, **where)),
        (8, lambda: retracted(action_id, **where)),
        (3, lambda: ripple(**where)),
        (3, lambda: weight_set(bucket, random.randrange(9) / 2, _hour(at), at=BASE + number * HOUR / 60)),
        (2, lambda: ripple_deleted(**where)),
        (1, lambda: wave_deleted(where["wave_id"])),
    ]
    return random.choices([make for _, make in kinds], [often for often, _ in kinds])[0]()


def _hour(at: Any) -> Any:
    return at.replace(minute=0)


@pytest.mark.parametrize("seed", range(30))
def test_chores_end_the_same_however_they_meet_events_and_each_other(seed: int) -> None:
    """Pages are read at any time, visited late, and mixed with events and with other chores."""
    random = Random(seed)
    at_once, mixed = actions_driver(), actions_driver()
    for number in range(150):
        event = random_event(random, number)
        at_once.given(event).finish_chores()
        mixed.given(event)
        for chore in random.choices(mixed.chores, k=random.randrange(6)) if mixed.chores else []:
            if chore in mixed.chores:
                mixed.read_page(chore) if chore.keys is None else mixed.visit_next(chore)
    while mixed.chores:
        mixed.visit_next(random.choice(mixed.chores))

    assert mixed.outcomes == at_once.outcomes
    assert contents(mixed) == contents(at_once), f"seed {seed}"
    assert not any(row.purging for row in mixed.rows[RIPPLES].values())
