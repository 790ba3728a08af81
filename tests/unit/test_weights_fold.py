"""What each event of system 3 does to a user's weights."""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec.structs import replace

from projections.weights.tables import HISTORY, IMPACT_WEIGHTS, POPULATION, USERS, User
from streams.folds.weights import RULES
from tests.unit.weights_driver import (
    BASE,
    HOUR,
    deleted,
    registered,
    user_of,
    versions_of,
    weights_driver,
    weights_set,
)


def shares(user: User) -> tuple[int, int, int]:
    return user.community, user.environment, user.workers


def test_who_registers_has_the_weights_that_everybody_begins_with() -> None:
    driver = weights_driver().given(registered()).settled()
    assert user_of(driver) == User("ada", 45, 30, 25, 1, BASE)
    assert {key: row.weight for key, row in driver.rows[IMPACT_WEIGHTS].items()} == {
        ("ada", "Community"): Decimal("0.45"),
        ("ada", "Environment"): Decimal("0.30"),
        ("ada", "Workers"): Decimal("0.25"),
    }


def test_registering_again_changes_nothing() -> None:
    driver = weights_driver().given(weights_set(0, 100, 0), registered(at=BASE + HOUR))
    assert driver.outcomes == ["applied", "applied"]
    assert user_of(driver) == User("ada", 0, 100, 0, 1, BASE)
    assert len(versions_of(driver)) == 1


def test_setting_the_weights_of_an_unknown_user_registers_the_user() -> None:
    driver = weights_driver().given(weights_set(50, 30, 20)).settled()
    assert user_of(driver) == User("ada", 50, 30, 20, 1, BASE)
    assert sum(row.weight for row in driver.rows[IMPACT_WEIGHTS].values()) == 1


def test_each_setting_is_a_version_also_with_the_same_weights() -> None:
    events = [registered(), weights_set(50, 30, 20), weights_set(50, 30, 20)]
    driver = weights_driver().given(*events)
    assert user_of(driver).version == 3
    assert [(row.version, row.event_id) for row in versions_of(driver)] == [
        (number, str(event.id)) for number, event in enumerate(events, start=1)
    ]


def test_the_expected_version_is_compared_in_the_order_of_the_log() -> None:
    """Two writers have read version 1: the first of them wins, whatever their clocks say."""
    driver = weights_driver().given(
        weights_set(50, 30, 20, expected_version=0),
        weights_set(60, 20, 20, expected_version=1, at=BASE + HOUR),
        weights_set(70, 10, 20, expected_version=1, at=BASE),
        weights_set(70, 10, 20, expected_version=2),
        weights_set(10, 10, 80, user_id="bob", expected_version=1),
    )
    assert driver.outcomes == ["applied", "applied", "version_conflict", "applied", "version_conflict"]
    assert shares(user_of(driver)) == (70, 10, 20)
    assert ("bob",) not in driver.rows[USERS]


def test_versions_have_the_order_of_the_log_though_their_times_have_not() -> None:
    late = datetime(2020, 1, 1, tzinfo=UTC)
    driver = weights_driver().given(weights_set(50, 30, 20), weights_set(60, 20, 20, at=late))
    assert shares(user_of(driver)) == (60, 20, 20)
    assert user_of(driver).set_at == late
    assert [row.effective_from for row in versions_of(driver)] == [BASE, late]


def test_a_removed_user_leaves_a_tombstone_and_nothing_else() -> None:
    driver = weights_driver().given(registered(), weights_set(50, 30, 20), registered("bob"))
    driver.settled().given(deleted()).finish_chores().settled()
    assert user_of(driver) == User("ada", deleted=True)
    assert {key for key in driver.rows[IMPACT_WEIGHTS] if key[0] == "ada"} == set()
    assert list(driver.rows[HISTORY]) == [("bob", 1)]
    assert driver.sums(POPULATION) == {
        ("community", 45): (1,),
        ("environment", 30): (1,),
        ("workers", 25): (1,),
    }


def test_what_comes_after_a_removal_is_refused() -> None:
    driver = weights_driver().given(deleted(), registered(), weights_set(50, 30, 20), deleted())
    driver.given(weights_set(50, 30, 20, expected_version=7))
    assert driver.outcomes == ["applied", "removed", "removed", "removed", "removed"]


def test_what_was_written_by_hand_is_whole_again_with_the_next_version() -> None:
    """Also where the event leaves the category as it was that somebody wrote."""
    driver = weights_driver().given(weights_set(50, 30, 20)).settled()
    by_hand = driver.rows[IMPACT_WEIGHTS]
    for category, weight in (("Community", "0.80"), ("Environment", "0.00")):
        by_hand["ada", category] = replace(by_hand["ada", category], weight=Decimal(weight))
    driver.given(weights_set(50, 20, 30)).settled()
    assert {row.category: row.weight for row in by_hand.values()} == {
        "Community": Decimal("0.50"),
        "Environment": Decimal("0.20"),
        "Workers": Decimal("0.30"),
    }


def test_the_population_counts_users_once_in_each_category() -> None:
    driver = weights_driver().given(registered(), registered("bob"), weights_set(45, 55, 0, user_id="eve"))
    assert driver.settled().sums(POPULATION) == {
        ("community", 45): (3,),
        ("environment", 30): (2,),
        ("environment", 55): (1,),
        ("workers", 25): (2,),
        ("workers", 0): (1,),
    }
    driver.given(weights_set(45, 30, 25, user_id="eve"), deleted("bob")).settled()
    assert driver.sums(POPULATION) == {
        ("community", 45): (2,),
        ("environment", 30): (2,),
        ("workers", 25): (2,),
    }


def test_every_type_has_a_rule() -> None:
    from events.weights import SYSTEM

    assert set(RULES) == {model.type_name() for model in SYSTEM.types}
