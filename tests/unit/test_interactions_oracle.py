"""The oracle of system 5 against numbers worked out by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.handwritten import HOUR, NOON
from tests.simulation.interactions_handwritten import InteractionsLog
from tests.simulation.interactions_oracle_forest import DEPTH_MAX, Forest
from tests.simulation.interactions_oracle_now import entry_scores
from tests.simulation.oracle_envelope import Dead

MINUTE = timedelta(minutes=1)


def test_a_toggle_flips_and_additions_are_idempotent() -> None:
    log = InteractionsLog().act("resonance_toggled").act("resonance_added", at=NOON + MINUTE)
    assert log.rows("user_states") == [
        {
            "user_id": "ada",
            "entry_id": "e",
            "has_resonated": True,
            "resonated_at": NOON,
            "has_amplified": False,
            "amplified_at": None,
        }
    ]
    assert log.row("interaction_counts") == {
        "entry_id": "e",
        "resonance_count": 1,
        "amplification_count": 0,
        "branch_count": 0,
        "share_count": 0,
        "version": 2,
    }
    log.act("resonance_toggled").act("resonance_removed").act("resonance_removed")
    assert log.rows("interaction_counts") == [], "nothing counts, and nobody announced it"
    assert log.rows("user_states") == []
    log.act("resonance_toggled", at=NOON + 2 * MINUTE)
    assert log.row("user_states")["resonated_at"] == NOON + 2 * MINUTE
    assert log.row("interaction_counts")["version"] == 6


def test_each_user_has_a_state_of_each_kind() -> None:
    log = InteractionsLog().act("resonance_added").act("amplification_added", at=NOON - HOUR)
    log.act("resonance_toggled", "grace").act("amplification_toggled", "grace").act(
        "resonance_removed", "grace"
    )
    found = {
        (row["user_id"], row["has_resonated"], row["has_amplified"], row["amplified_at"])
        for row in log.rows("user_states")
    }
    assert found == {("ada", True, True, NOON - HOUR), ("grace", False, True, NOON)}
    row = log.row("interaction_counts")
    assert (row["resonance_count"], row["amplification_count"]) == (1, 2)
    assert [(row["user_id"], row["resonated_at"]) for row in log.rows("resonances")] == [("ada", NOON)]


def test_what_nobody_did_is_refused() -> None:
    log = InteractionsLog()
    log.add("resonance_toggled", entry_id="e").add("amplification_removed", entry_id="e", actor=None)
    log.add("entry_changed", entry_id="e").add("entry_shared", entry_id="e")
    assert log.codes() == ["actor_missing", "actor_missing", "missing_field"]


def test_announced_again_is_told_anew_and_a_change_is_a_part() -> None:
    log = InteractionsLog().of_entry("changed", title="first")
    assert log.row("entries") == {
        "entry_id": "e",
        "author": None,
        "title": "first",
        "parent_id": None,
        "root_id": "e",
        "depth": 0,
        "descendants": 0,
        "created_at": None,
    }
    log.of_entry("created", author="ada", title="second").of_entry("changed", title=None)
    assert (log.row("entries")["author"], log.row("entries")["title"]) == ("ada", None)
    log.of_entry("created", at=NOON - HOUR, title="third")
    row = log.row("entries")
    assert (row["author"], row["title"], row["created_at"]) == (None, "third", NOON)


def test_the_title_of_a_branch_stands_until_the_entry_has_one() -> None:
    log = InteractionsLog().branch("e", "child", at=NOON - HOUR, title="branch")
    row = log.row("entries", entry_id="child")
    assert (row["title"], row["created_at"], row["parent_id"]) == ("branch", NOON - HOUR, "e")
    assert log.row("entries", entry_id="e")["created_at"] is None
    log.of_entry("created", "child", title="own")
    row = log.row("entries", entry_id="child")
    assert (row["title"], row["created_at"]) == ("own", NOON)
    log.of_entry("changed", "child", title=None)
    assert log.row("entries", entry_id="child")["title"] == "branch"


def test_branches_have_an_order_under_their_parent() -> None:
    log = InteractionsLog().branch("e", "a", "b").branch("a", "c").branch("e", "b", "d", at=NOON - HOUR)
    found = [tuple(row.values()) for row in log.rows("branches")]
    assert found == [
        ("a", "c", 0, NOON),
        ("e", "a", 0, NOON),
        ("e", "b", 1, NOON),
        ("e", "d", 2, NOON - HOUR),
    ]
    assert log.expected().counts[0].duplicates == 1, "b was a branch of e before"
    assert log.row("interaction_counts", entry_id="e")["branch_count"] == 3
    assert [row["descendants"] for row in log.rows("entries")] == [1, 0, 0, 0, 4]


def test_no_loops_and_no_second_parents() -> None:
    log = InteractionsLog().branch("e", "e").chain("a", "b", "c")
    log.branch("c", "a").branch("c", "b").branch("x", "c").branch("a", "c").branch("a", "a")
    assert log.codes() == ["loop", "loop", "loop", "second_parent", "second_parent", "loop"]
    assert [row["entry_id"] for row in log.rows("entries")] == ["a", "b", "c"]


def test_a_whole_tree_is_grafted() -> None:
    log = InteractionsLog().chain("a", "b", "c").chain("x", "y").branch("y", "a")
    found = {
        row["entry_id"]: (row["root_id"], row["depth"], row["descendants"]) for row in log.rows("entries")
    }
    assert found == {
        "x": ("x", 0, 4),
        "y": ("x", 1, 3),
        "a": ("x", 2, 2),
        "b": ("x", 3, 1),
        "c": ("x", 4, 0),
    }
    versions = {row["entry_id"]: row["version"] for row in log.rows("interaction_counts")}
    assert versions == {"x": 2, "y": 2, "a": 3, "b": 2, "c": 1}


def test_nothing_lies_too_deep() -> None:
    forest = Forest()
    for number in range(DEPTH_MAX):
        forest.grow(str(number), str(number + 1), None, NOON)
    with pytest.raises(Dead, match="too_deep"):
        forest.is_there(str(DEPTH_MAX), "one more")
    assert not forest.is_there(str(DEPTH_MAX - 1), "one more")
    forest.grow("above", "below", None, NOON)
    with pytest.raises(Dead, match="too_deep"):
        forest.is_there(str(DEPTH_MAX - 1), "above")
    with pytest.raises(Dead, match="too_deep"):
        forest.is_there("before", "0")


def test_removed_is_removed_but_its_branches_stay() -> None:
    log = InteractionsLog().of_entry("created", author="ada", title="t").act("resonance_added")
    log.branch("e", "child").of_entry("shared").of_entry("deleted").branch("e", "late").branch(
        "child", "grand"
    )
    log.of_entry("shared").of_entry("created").act("resonance_removed").of_entry("deleted")
    assert log.codes() == ["removed"] * 4
    assert [row["entry_id"] for row in log.rows("entries")] == ["child", "grand", "late"]
    assert log.row("entries", entry_id="grand")["root_id"] == "e"
    assert log.rows("user_states") == log.rows("resonances") == []
    assert {row["entry_id"] for row in log.rows("activity")} == {"child"}
    removed = {
        "entry_id": "e",
        "parent_id": None,
        "branch_order": None,
        "author": None,
        "title": None,
        "removed": True,
        "created_at": None,
        "resonance_count": 0,
        "amplification_count": 0,
        "branch_count": 2,
        "share_count": 0,
    }
    assert log.row("tree_parts", entry_id="e") == removed == log.row("tree_roots", entry_id="e")
    assert not log.row("tree_parts", entry_id="late")["removed"]


def test_an_unknown_entry_can_be_deleted() -> None:
    log = InteractionsLog().of_entry("deleted").act("resonance_toggled")
    assert log.codes() == ["removed"]
    assert log.rows("entries") == log.rows("tree_parts") == []
    assert log.row("tree_roots")["removed"]


def test_activity_is_what_still_counts_in_its_hour() -> None:
    log = InteractionsLog().act("resonance_added", at=NOON - 9 * HOUR)
    log.act("amplification_added").act("resonance_toggled", "grace").of_entry("shared").branch("e", "a", "b")
    assert log.rows("activity") == [
        _cell(NOON - 9 * HOUR, resonances=1),
        _cell(NOON, resonances=1, amplifications=1, shares=1, branches=2),
    ]
    log.act("resonance_removed")
    assert [row["hour"] for row in log.rows("activity")] == [NOON]
    log.act("resonance_toggled", at=NOON - 5 * HOUR).act("resonance_toggled", "grace", at=NOON - HOUR)
    assert log.rows("activity") == [
        _cell(NOON - 5 * HOUR, resonances=1),
        _cell(NOON, amplifications=1, shares=1, branches=2),
    ]


def _cell(hour: datetime, **counts: int) -> dict[str, object]:
    kinds = ("resonances", "amplifications", "shares", "branches")
    return {"entry_id": "e", "hour": hour, **{kind: counts.get(kind, 0) for kind in kinds}}


def test_scores_halve_every_six_hours() -> None:
    log = InteractionsLog().act("resonance_added").act("amplification_added", "grace").of_entry("shared")
    log.branch("e", "child", at=NOON - 6 * HOUR)
    assert scores(log, NOON) == {"e": Decimal("8.5"), "child": 0}
    assert scores(log, NOON + 6 * HOUR)["e"] == Decimal("4.25")
    log.act("amplification_removed", "grace", at=NOON - HOUR)
    assert scores(log, NOON)["e"] == Decimal("5.5")
    log.of_entry("deleted")
    assert scores(log, NOON) == {"child": 0}


def test_a_score_is_rounded_within_its_hour_as_cells_are() -> None:
    log = InteractionsLog().act("resonance_added", at=NOON - 30 * MINUTE)
    # 2^(1/12) is 1.059463094...: in millionths 1.059463.
    assert scores(log, NOON - HOUR) == {"e": Decimal("1.059463")}


def scores(log: InteractionsLog, moment: datetime) -> dict[object, object]:
    rows = entry_scores(log.expected().facts, moment.astimezone(UTC))
    return {row["entry_id"]: row["trending_score"] for row in rows}


def test_the_same_event_twice_is_one_toggle() -> None:
    log, twice = InteractionsLog(), str(UUID(int=77))
    for _ in range(2):
        log.add("resonance_toggled", entry_id="e", actor="ada", id=twice)
    assert log.expected().counts[0].duplicates == 1
    assert log.row("interaction_counts")["resonance_count"] == 1
