"""The rules of system 1, event by event: given events, the rows are these."""

from decimal import Decimal

from events.actions import SYSTEM
from projections.actions.tables import (
    ACTIONS,
    ACTIVITY_HOURS,
    ACTIVITY_MINUTES,
    MEMBERSHIPS,
    RIPPLES,
    USER_UNITS,
    USER_WAVES,
    WAVES,
    Action,
    Membership,
    Ripple,
    Wave,
)
from streams.folds.actions import RULES
from streams.hours import hour_of
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
    ripple_changed,
    wave,
    wave_changed,
)
from tests.unit.fold_driver import APPENDED_AT, FoldDriver

HALF_PAST = round(2 ** (0.5 / 6) * 1_000_000)
"""What an action at half past an hour adds to its cell, in millionths: 2^(0.5 h / 6 h)."""


def wave_of(driver: FoldDriver, wave_id: str = "w") -> Wave:
    row: Wave = driver.rows[WAVES][(wave_id,)]
    return row


def ripple_of(driver: FoldDriver, ripple_id: str = "r", wave_id: str = "w") -> Ripple:
    row: Ripple = driver.rows[RIPPLES][wave_id, ripple_id]
    return row


def test_every_event_type_of_the_system_has_a_rule() -> None:
    assert set(RULES) == {model.type_name() for model in SYSTEM.types}


def test_ten_conversations_and_four_plannings_are_an_impact_of_18() -> None:
    driver = actions_driver().given(
        *(logged(f"c{number}", bucket="conversation") for number in range(10)),
        *(logged(f"p{number}", bucket="planning") for number in range(4)),
    )

    assert wave_of(driver).impact_micros == ripple_of(driver).impact_micros == 18_000_000
    assert wave_of(driver).actions == ripple_of(driver).actions == 14
    assert driver.sums(USER_WAVES) == {("ann", "w"): (14, 18_000_000, 0)}
    assert driver.sums(ACTIVITY_HOURS) == {
        ("w", "r", hour_of(BASE), "conversation"): (10, 8_000_000, 10 * HALF_PAST),
        ("w", "r", hour_of(BASE), "planning"): (4, 10_000_000, 4 * HALF_PAST),
    }


def test_an_action_counts_in_its_ripple_wave_user_units_and_cells() -> None:
    driver = actions_driver().given(
        wave(),
        ripple(),
        logged("a", quantity=Decimal("15.5"), unit="kg of litter removed", note="With the class"),
    )

    assert driver.rows[ACTIONS]["w", "a"] == Action(
        "w",
        "a",
        "r",
        "ann",
        "cleaning",
        15_500_000,
        "kg of litter removed",
        "With the class",
        BASE,
        1_000_000,
    )
    assert wave_of(driver) == Wave(
        "w", 0, "Clean coast", created_at=BASE, announced=True, ripples=1, actions=1, impact_micros=1_000_000
    )
    assert ripple_of(driver) == Ripple(
        "w",
        "r",
        "Beach day",
        announced=True,
        actions=1,
        impact_micros=1_000_000,
        participants=1,
        version=2,
        heat_sum=HALF_PAST / 1_000_000,
        heat_hour=hour_of(BASE),
    )
    assert driver.rows[MEMBERSHIPS] == {("w", "r", "ann"): Membership("w", "r", "ann", False, 1)}
    assert driver.sums(USER_UNITS) == {("ann", "w", "kg of litter removed"): (1, 15_500_000)}
    assert driver.sums(ACTIVITY_MINUTES) == {("w", "r", hour_of(BASE) * 60 + 30, "cleaning"): (1, 1_000_000)}


def test_a_quantity_without_a_unit_and_a_unit_without_a_quantity_achieve_nothing() -> None:
    driver = actions_driver().given(logged("a", quantity=5), logged("b", unit="trees"))

    assert driver.sums(USER_UNITS) == {}
    assert ripple_of(driver).actions == 2


def test_a_known_action_is_a_duplicate_for_ever() -> None:
    driver = actions_driver().given(
        logged("a"), logged("a"), logged("a", ripple_id="other"), retracted("a"), logged("a")
    )

    assert driver.outcomes == ["applied", "duplicate", "duplicate", "applied", "duplicate"]
    assert ripple_of(driver).actions == 0
    assert ripple_of(driver).version == 2


def test_action_ids_are_unique_in_their_wave_only() -> None:
    driver = actions_driver().given(logged("a"), logged("a", wave_id="v"))

    assert driver.outcomes == ["applied", "applied"]
    assert wave_of(driver, "v").actions == wave_of(driver, "w").actions == 1


def test_a_wave_with_a_list_refuses_other_buckets_but_not_known_actions() -> None:
    driver = actions_driver().given(
        logged("known", bucket="planning"),
        wave(allowed_buckets=("cleaning", "conversation")),
        logged("a", bucket="cleaning"),
        logged("b", bucket="planning"),
        logged("known", bucket="planning"),
        wave_changed(allowed_buckets=None),
        logged("b", bucket="planning"),
    )

    assert driver.outcomes[2:] == ["applied", "bucket_not_allowed", "duplicate", "applied", "applied"]
    assert wave_of(driver).actions == 3


def test_a_retraction_takes_back_exactly_what_was_counted() -> None:
    quiet = actions_driver().given(wave(), ripple(), logged("a", "bob"))
    driver = actions_driver().given(
        wave(), ripple(), logged("a", "bob"), logged("b", "ann", quantity=3, unit="trees"), retracted("b")
    )

    for table in (USER_WAVES, USER_UNITS, ACTIVITY_HOURS, ACTIVITY_MINUTES):
        assert driver.sums(table) == quiet.sums(table)
    assert driver.rows[MEMBERSHIPS] == quiet.rows[MEMBERSHIPS]
    assert wave_of(driver) == wave_of(quiet)
    assert ripple_of(driver).version == ripple_of(quiet).version + 2
    assert driver.rows[ACTIONS]["w", "b"] == Action("w", "b", "r"), "nothing about a person stays"


def test_an_action_that_was_retracted_before_it_came_counts_nothing() -> None:
    driver = actions_driver().given(retracted("a"), retracted("a", "other"), logged("a"), logged("a"))

    assert driver.outcomes == ["applied", "applied", "applied", "duplicate"]
    assert driver.rows[ACTIONS]["w", "a"] == Action("w", "a", "r")
    assert not ripple_of(driver).visible
    assert ripple_of(driver).version == 2
    assert driver.sums(USER_WAVES) == {}
    assert driver.rows[WAVES] == {}


def test_a_retraction_must_name_the_actions_ripple() -> None:
    driver = actions_driver().given(
        logged("a"), retracted("a", "other"), retracted("a"), retracted("a", "other"), retracted("a")
    )

    assert driver.outcomes == ["applied", "ripple_mismatch", "applied", "ripple_mismatch", "applied"]
    assert ripple_of(driver).version == 3


def test_joining_and_leaving_count_once_each() -> None:
    driver = actions_driver().given(joined("ann"), joined("ann"), joined("bob"))
    assert (ripple_of(driver).joined, ripple_of(driver).participants) == (2, 2)
    assert driver.sums(USER_WAVES) == {("ann", "w"): (0, 0, 1), ("bob", "w"): (0, 0, 1)}

    driver.given(left("ann"), left("ann"), left("eve"))

    assert (ripple_of(driver).joined, ripple_of(driver).participants) == (1, 1)
    assert driver.sums(USER_WAVES) == {("bob", "w"): (0, 0, 1)}
    assert ripple_of(driver).version == 6
    assert set(driver.rows[MEMBERSHIPS]) == {("w", "r", "bob")}


def test_who_joined_and_acted_is_one_participant_until_both_are_gone() -> None:
    driver = actions_driver().given(joined("ann"), logged("a"), logged("b"))
    assert ripple_of(driver).participants == 1

    driver.given(left("ann"), retracted("a"))
    assert ripple_of(driver).participants == 1

    driver.given(retracted("b"))
    assert ripple_of(driver).participants == 0
    assert driver.rows[MEMBERSHIPS] == {}


def test_boosts_add_points() -> None:
    driver = actions_driver().given(boosted(5), boosted(1000))

    assert ripple_of(driver).boost_points == 1005
    assert wave_of(driver).ripples == 1


def test_a_ripple_is_visible_while_announced_or_somebody_does_something_in_it() -> None:
    driver = actions_driver().given(logged("a"))
    assert wave_of(driver).ripples == 1

    driver.given(retracted("a"))
    assert wave_of(driver).ripples == 0

    driver.given(joined("ann"))
    assert wave_of(driver).ripples == 1

    driver.given(left("ann"), ripple_changed())
    assert wave_of(driver).ripples == 1
    assert ripple_of(driver).title == "River day"


def test_a_wave_announced_again_is_overwritten_but_keeps_when_it_was_created() -> None:
    driver = actions_driver().given(
        wave_changed(category="workers"),
        wave(title="First", category="environment", what_we_count="Bags", at=BASE),
        wave(title="Second", at=BASE + HOUR),
    )

    assert wave_of(driver) == Wave("w", 0, "Second", created_at=BASE, announced=True)


def test_a_changed_wave_keeps_what_is_left_out_and_clears_what_is_null() -> None:
    driver = actions_driver().given(
        wave(allowed_buckets=("cleaning",), category="environment", what_we_count="Bags"),
        wave_changed(category=None, title="New"),
    )

    assert wave_of(driver) == Wave(
        "w", 0, "New", ("cleaning",), None, "Bags", created_at=BASE, announced=True
    )


def test_minute_cells_are_kept_for_26_hours_only_when_adding_and_when_taking_back() -> None:
    old, recent = APPENDED_AT - 27 * HOUR, APPENDED_AT - 25 * HOUR
    driver = actions_driver().given(logged("old", at=old), logged("recent", at=recent))
    assert [key[2] // 60 for key in driver.sums(ACTIVITY_MINUTES)] == [hour_of(recent)]

    driver.given(retracted("old"), retracted("recent"), appended_at=APPENDED_AT + 2 * HOUR)

    assert len(driver.sums(ACTIVITY_MINUTES)) == 1, "housekeeping removes it"
    assert driver.sums(ACTIVITY_HOURS) == {}


def test_hours_are_counted_from_1970() -> None:
    assert hour_of(BASE) == int(BASE.timestamp()) // 3600
