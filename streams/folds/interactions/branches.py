"""Branches: one partition orders them all, so that each is judged by the whole forest as it was then.

An entry has one parent for ever, and its place among the branches of that parent. A branch may be an entry
that has branches of its own: the whole tree comes along.
"""

from typing import Final

from msgspec.structs import replace

from events.interactions import EntryBranched
from projections.interactions.rows import Place
from projections.interactions.tables import ACTIVITY, PLACES
from streams.folding import WHOLE, Change, Duplicate, Refused, States, add, put
from streams.folds.interactions.warming import BRANCH_WEIGHT, warmed_by
from streams.hours import hour_of
from streams.rule import Reads, Rule

DEPTH_MAX: Final = 1_000
"""An entry lies at most so many branches below its root."""

BRANCHES: Final = ACTIVITY.index_of("branches")


def reads_places(event: EntryBranched, states: States) -> Reads:
    """The child, the parent, and whatever is above it: each names the next."""
    yield PLACES, (event.child_id,)
    above: str | None = event.entry_id
    while above is not None:
        yield PLACES, (above,)
        place = states.get(PLACES, (above,))
        above = None if place is None else place.parent_id


def branched(event: EntryBranched, states: States) -> list[Change]:
    """The child is the parent's next branch, and every entry above has that many more below."""
    parent, child = _place(states, event.entry_id), _place(states, event.child_id)
    above = _upwards(parent, states)
    _check(parent, child, above)
    parent = replace(parent, branches=parent.branches + 1)
    above[0] = warmed_by(parent, event.at, BRANCH_WEIGHT, states)
    branch = replace(
        child,
        parent_id=parent.entry_id,
        branch_order=parent.branches - 1,
        title=event.title,
        branched_at=event.at,
        version=child.version + 1,
    )
    return [
        put(PLACES, branch),
        *(_grown(place, child, distance) for distance, place in enumerate(above, start=1)),
        add(ACTIVITY, (parent.entry_id, hour_of(event.at)), BRANCHES, 1),
    ]


def _place(states: States, entry_id: str) -> Place:
    return states.get(PLACES, (entry_id,)) or Place(entry_id)


def _upwards(place: Place, states: States) -> list[Place]:
    """The place and those above it up to the root."""
    found = [place]
    while place.parent_id is not None:
        place = _place(states, place.parent_id)
        found.append(place)
    return found


def _check(parent: Place, child: Place, above: list[Place]) -> None:
    """Raises where the branch is no new one, or the forest would be none."""
    if any(place.entry_id == child.entry_id for place in above):
        reason = f"entry {parent.entry_id!r} is, or lies below, entry {child.entry_id!r}"
        raise Refused("loop", f"{reason}: it cannot become its parent")
    if child.parent_id == parent.entry_id:
        raise Duplicate
    if child.parent_id is not None:
        raise Refused("second_parent", f"entry {child.entry_id!r} is a branch of {child.parent_id!r} already")
    depth = len(above) + child.height
    if depth > DEPTH_MAX:
        reason = f"below {parent.entry_id!r} entry {child.entry_id!r} would reach a depth of {depth}"
        raise Refused("too_deep", f"{reason}, beyond {DEPTH_MAX}: branch off an entry nearer to the root")


def _grown(place: Place, child: Place, distance: int) -> Change:
    """The place once the child with all that is below it lies so far below."""
    after = replace(
        place,
        descendants=place.descendants + 1 + child.descendants,
        height=max(place.height, child.height + distance),
        version=place.version + 1,
    )
    return (PLACES, (place.entry_id,), WHOLE, after)


ENTRY_BRANCHED = Rule(reads_places, branched)
