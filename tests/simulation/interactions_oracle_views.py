"""The rows of each view of schema `interactions`, from what stands at the end of the log.

Columns are named as in the views; those marked (now) are in `interactions_oracle_now`.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final

from tests.simulation.interactions_oracle_facts import Entry, Facts
from tests.simulation.interactions_oracle_reading import STATES
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_heat import hour_of

_KINDS: Final = {"resonance": "resonances", "amplification": "amplifications"}
_ACTIVITY: Final = (*_KINDS.values(), "shares", "branches")


def interaction_counts(facts: Facts) -> list[Row]:
    """View `interaction_counts`."""
    return [
        {
            "entry_id": entry.id,
            **_counts(facts, entry),
            "version": entry.version + facts.forest.versions[entry.id],
        }
        for entry in facts.standing()
    ]


def _counts(facts: Facts, entry: Entry) -> Row:
    return {
        **{f"{state}_count": len(entry.states[state]) for state in STATES},
        "branch_count": len(facts.forest.of_parent.get(entry.id, ())),
        "share_count": len(entry.shares),
    }


def user_states(facts: Facts) -> list[Row]:
    """View `user_states`, as somebody sees it whom no policy holds back."""
    return [
        {
            "user_id": user,
            "entry_id": entry.id,
            "has_resonated": user in resonated,
            "resonated_at": resonated.get(user),
            "has_amplified": user in amplified,
            "amplified_at": amplified.get(user),
        }
        for entry in facts.standing()
        for resonated, amplified in (tuple(entry.states[state] for state in STATES),)
        for user in sorted(resonated.keys() | amplified.keys())
    ]


def resonances(facts: Facts) -> list[Row]:
    """View `resonances`."""
    return [
        {"user_id": user, "entry_id": entry.id, "resonated_at": at}
        for entry in facts.standing()
        for user, at in sorted(entry.states["resonance"].items())
    ]


def branches(facts: Facts) -> list[Row]:
    """View `branches`: all that were ever made."""
    return [
        {
            "parent_id": branch.parent_id,
            "child_id": branch.child_id,
            "branch_order": branch.order,
            "created_at": branch.at,
        }
        for branch in sorted(facts.forest.branches, key=lambda branch: (branch.parent_id, branch.order))
    ]


def entries(facts: Facts) -> list[Row]:
    """View `entries`."""
    rows: list[Row] = []
    for entry in facts.standing():
        above = [*facts.forest.ancestors(entry.id)]
        place = {"root_id": above[-1] if above else entry.id, "depth": len(above)}
        below = sum(1 for _ in facts.forest.descendants(entry.id))
        rows.append(
            {
                "entry_id": entry.id,
                "author": entry.author,
                "title": _title(facts, entry),
                "parent_id": above[0] if above else None,
                **place,
                "descendants": below,
                "created_at": _created_at(facts, entry),
            }
        )
    return rows


def _title(facts: Facts, entry: Entry) -> str | None:
    branch = facts.forest.of_child.get(entry.id)
    return branch.title if entry.title is None and branch is not None else entry.title


def _created_at(facts: Facts, entry: Entry) -> datetime | None:
    branch = facts.forest.of_child.get(entry.id)
    return branch.at if entry.created_at is None and branch is not None else entry.created_at


def tree_parts(facts: Facts) -> list[Row]:
    """View `tree_parts`: every entry of the forest, the removed ones as such."""
    return [_part(facts, facts.known(name)) for name in sorted(facts.forest.places)]


def tree_roots(facts: Facts) -> list[Row]:
    """View `tree_roots`: the same of every entry that there is or was."""
    removed = [entry for entry in facts.entries.values() if entry.removed]
    both = sorted([*facts.standing(), *removed], key=lambda entry: entry.id)
    return [_part(facts, entry) for entry in both]


def _part(facts: Facts, entry: Entry) -> Row:
    branch = facts.forest.of_child.get(entry.id)
    # Of what is removed only the place is left, and that it is removed.
    shown = Entry(entry.id) if entry.removed else entry
    return {
        "entry_id": entry.id,
        "parent_id": branch.parent_id if branch else None,
        "branch_order": branch.order if branch else None,
        "author": shown.author,
        "title": None if entry.removed else _title(facts, entry),
        "removed": entry.removed,
        "created_at": _created_at(facts, shown),
        **_counts(facts, shown),
    }


def activity(facts: Facts) -> list[Row]:
    """View `activity`: what still counts, by the hour in which it was done."""
    cells: dict[tuple[str, datetime], Counter[str]] = defaultdict(Counter)
    for entry in facts.standing():
        for state, column in _KINDS.items():
            for at in entry.states[state].values():
                cells[entry.id, hour_of(at)][column] += 1
        for at in entry.shares:
            cells[entry.id, hour_of(at)]["shares"] += 1
    for branch in facts.forest.branches:
        if not facts.is_removed(branch.parent_id):
            cells[branch.parent_id, hour_of(branch.at)]["branches"] += 1
    return [
        {"entry_id": entry_id, "hour": hour, **{column: counts[column] for column in _ACTIVITY}}
        for (entry_id, hour), counts in sorted(cells.items())
    ]
