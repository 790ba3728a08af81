"""Entries and what users do to them: toggles, adding, removing, shares, and what they count for."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from projections.interactions.rows import Entry, UserEntry
from projections.interactions.tables import ACTIVITY, ENTRIES, USER_ENTRIES
from streams.hours import hour_of
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import (
    BASE,
    HOUR,
    amplification_added,
    amplification_removed,
    amplification_toggled,
    branched,
    changed,
    created,
    deleted,
    entry_of,
    interactions_driver,
    place_of,
    resonance_added,
    resonance_removed,
    resonance_toggled,
    shared,
    state_of,
)

SEEDS = range(40)
NOW = hour_of(BASE)
ON_THE_HOUR = BASE.replace(minute=0)


def test_a_toggle_flips_the_state_and_leaves_the_hour_in_which_it_was_made() -> None:
    driver = interactions_driver().given(resonance_toggled("ann", at=BASE - HOUR), resonance_toggled("bob"))
    assert entry_of(driver).resonances == 2
    assert state_of(driver, "ann") == UserEntry("e", "ann", True, BASE - HOUR)
    assert driver.sums(ACTIVITY) == {("e", NOW - 1): (1, 0, 0, 0), ("e", NOW): (1, 0, 0, 0)}
    driver.given(resonance_toggled("ann"))
    assert entry_of(driver).resonances == 1
    assert state_of(driver, "ann") is None
    assert driver.sums(ACTIVITY) == {("e", NOW): (1, 0, 0, 0)}


def test_adding_and_removing_twice_is_once_and_the_entry_was_seen_twice() -> None:
    driver = interactions_driver().given(resonance_added("ann"), resonance_added("ann", at=BASE + HOUR))
    assert (entry_of(driver).resonances, entry_of(driver).version) == (1, 2)
    assert state_of(driver, "ann") == UserEntry("e", "ann", True, BASE)
    driver.given(resonance_removed("ann"), resonance_removed("ann"), resonance_removed("bob"))
    assert (entry_of(driver).resonances, entry_of(driver).version) == (0, 5)
    assert driver.sums(ACTIVITY) == {}


def test_what_is_left_of_a_state_stays() -> None:
    driver = interactions_driver().given(
        resonance_toggled("ann"), amplification_added("ann", at=BASE + HOUR), resonance_removed("ann")
    )
    assert state_of(driver, "ann") == UserEntry("e", "ann", has_amplified=True, amplified_at=BASE + HOUR)
    driver.given(amplification_toggled("ann"))
    assert state_of(driver, "ann") is None
    driver.given(amplification_toggled("ann"), amplification_removed("ann"))
    assert (entry_of(driver).amplifications, driver.sums(ACTIVITY)) == (0, {})


def test_an_entry_is_as_announced_and_keeps_the_time_of_the_first() -> None:
    driver = interactions_driver().given(shared(channel="mail"))
    assert not entry_of(driver).announced
    driver.given(created(author="ada", title="River"), created(title="Rain", at=BASE + HOUR))
    entry = entry_of(driver)
    assert (entry.author, entry.title, entry.created_at, entry.announced) == (None, "Rain", BASE, True)
    assert (entry.shares, entry.version) == (1, 3)


def test_a_change_says_what_is_so_from_now_on_and_announces() -> None:
    driver = interactions_driver().given(changed(title="River", author="ada"), changed(title=None))
    entry = entry_of(driver)
    assert (entry.author, entry.title, entry.created_at, entry.announced) == ("ada", None, None, True)


def test_a_deleted_entry_stays_deleted_and_what_users_did_goes() -> None:
    driver = interactions_driver().given(
        created(title="River"),
        resonance_added("ann"),
        amplification_added("bob"),
        shared(),
        resonance_added("ann", "other"),
        branched("e", "child"),
        deleted(),
    )
    assert entry_of(driver) == Entry("e", deleted=True, version=5)
    later = (created(), changed(title="x"), shared(), resonance_toggled("ann"), amplification_removed("bob"))
    driver.given(*later, deleted())
    assert driver.outcomes[7:] == ["removed"] * 6
    driver.finish_chores()
    assert set(driver.rows[USER_ENTRIES]) == {("other", "ann")}
    assert driver.sums(ACTIVITY) == {("e", NOW): (0, 0, 0, 1), ("other", NOW): (1, 0, 0, 0)}
    assert place_of(driver, "e").branches == 1


def test_what_is_deleted_before_anything_was_heard_of_it_is_deleted() -> None:
    driver = interactions_driver().given(deleted(), created())
    assert driver.outcomes == ["applied", "removed"]


def test_what_counts_warms_by_its_weight_and_what_is_taken_back_cools_by_as_much() -> None:
    at = ON_THE_HOUR
    driver = interactions_driver().given(
        resonance_added("ann", at=at),
        amplification_added("ann", at=at),
        shared(at=at),
        branched("e", "c", at=at),
    )
    assert entry_of(driver).heat_sum == pytest.approx(1 + 3 + 2)
    assert place_of(driver, "e").heat_sum == pytest.approx(5)
    assert (entry_of(driver).heat_hour, place_of(driver, "e").heat_hour) == (NOW, NOW)
    # Half-life: six hours.
    driver.given(
        amplification_toggled("bob", at=at + 6 * HOUR), amplification_toggled("ann", at=at + 9 * HOUR)
    )
    assert entry_of(driver).heat_sum == pytest.approx((1 + 2) / 2 + 3)
    assert entry_of(driver).heat_hour == NOW + 6


def test_an_entry_in_which_nothing_counts_is_as_cold_as_a_new_one() -> None:
    late = BASE.replace(microsecond=123_457)
    driver = interactions_driver().given(
        *(resonance_toggled(f"u{number}", at=late - number * HOUR) for number in range(30)),
        *(resonance_toggled(f"u{number}") for number in range(30)),
    )
    assert (entry_of(driver).heat_sum, entry_of(driver).heat_hour) == (0.0, 0)


@dataclass
class PlainStates:
    """Who is in which state since when, and nothing else."""

    since: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def told(self, wish: str, what: str, entry_id: str, user_id: str, at: datetime) -> None:
        key = (what, entry_id, user_id)
        if wish == "removed" or (wish == "toggled" and key in self.since):
            self.since.pop(key, None)
        else:
            self.since.setdefault(key, at)

    def count(self, what: str) -> Counter[str]:
        return Counter(entry_id for told, entry_id, _ in self.since if told == what)

    def cells(self) -> dict[tuple[str, int], tuple[int, ...]]:
        found: dict[tuple[str, int], list[int]] = {}
        for (what, entry_id, _), at in self.since.items():
            cell = found.setdefault((entry_id, hour_of(at)), [0, 0, 0, 0])
            cell[("resonance", "amplification").index(what)] += 1
        return {key: tuple(cell) for key, cell in found.items()}


EVENTS: dict[tuple[str, str], Any] = {
    ("resonance", "toggled"): resonance_toggled,
    ("resonance", "added"): resonance_added,
    ("resonance", "removed"): resonance_removed,
    ("amplification", "toggled"): amplification_toggled,
    ("amplification", "added"): amplification_added,
    ("amplification", "removed"): amplification_removed,
}


def random_states(seed: int) -> tuple[FoldDriver, PlainStates]:
    """The fold and the plain account of the same random events."""
    drawing, plain, driver = random.Random(seed), PlainStates(), interactions_driver()
    for _ in range(150):
        (what, wish), event = drawing.choice(list(EVENTS.items()))
        entry_id, user_id = drawing.choice("ef"), drawing.choice("abcd")
        at = BASE + drawing.randrange(-48, 1) * HOUR / 4
        plain.told(wish, what, entry_id, user_id, at)
        driver.given(event(user_id, entry_id, at=at))
    return driver, plain


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_and_hours_are_those_of_the_users_whose_state_is_on(seed: int) -> None:
    driver, plain = random_states(seed)
    shown = {
        (what, row.entry_id, row.user_id): since
        for row in driver.rows[USER_ENTRIES].values()
        for what, since in (("resonance", row.resonated_at), ("amplification", row.amplified_at))
        if since is not None
    }
    assert shown == plain.since, f"seed {seed}"
    for row in driver.rows[ENTRIES].values():
        assert row.resonances == plain.count("resonance")[row.entry_id], f"seed {seed}"
        assert row.amplifications == plain.count("amplification")[row.entry_id], f"seed {seed}"
    assert driver.sums(ACTIVITY) == plain.cells(), f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_entry_is_as_warm_as_if_only_what_still_counts_had_happened(seed: int) -> None:
    driver, plain = random_states(seed)
    anew = interactions_driver().given(
        *(
            EVENTS[what, "added"](user_id, entry_id, at=at)
            for (what, entry_id, user_id), at in plain.since.items()
        )
    )
    for key, row in driver.rows[ENTRIES].items():
        fresh = anew.rows[ENTRIES].get(key, Entry(*key))
        warm = fresh.heat_sum * 2.0 ** ((fresh.heat_hour - row.heat_hour) / 6)
        assert row.heat_sum == pytest.approx(warm, abs=1e-9), f"seed {seed}"


def test_entries_of_the_same_story_are_equal_but_for_how_often_they_were_seen() -> None:
    told = interactions_driver().given(resonance_added("ann"), resonance_added("ann"), created())
    short = interactions_driver().given(created(), resonance_toggled("ann"))
    assert replace(entry_of(told), version=0) == replace(entry_of(short), version=0)
