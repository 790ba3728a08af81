"""What a deletion leaves to do: users' shares are taken back and rows removed, a page at a time.

The deletion itself has hidden everything. Nothing new can come into a deleted ripple or wave, so that the
pages, in whatever order and beside whatever other work, end with the same rows. Of a deleted ripple the ids
of its actions stay, as they are unique in the wave for ever; of a deleted wave only its tombstone stays.
"""

from collections.abc import Mapping
from typing import Any, Final

from projections.actions.read_model import PAGES
from projections.actions.tables import ACTIONS, INTEREST_HOURS, MEMBERSHIPS, RIPPLES, USER_WAVES, WAVES
from projections.tables import Key
from streams.folding import WHOLE, Change, Chore, States, start_chore
from streams.folds.actions.counting import purged, reads_counted, take_back
from streams.folds.actions.heat import AMOUNT, HEAT_UNITS, JOIN, cell_of_interest
from streams.rule import Reads

Arguments = Mapping[str, Any]

RIPPLES_JOINED: Final = USER_WAVES.index_of("ripples_joined")


def purge_ripple(wave_id: str, ripple_id: str) -> list[Change]:
    """The chores that follow a ripple's deletion."""
    return [
        start_chore("purge_ripple_actions", wave_id=wave_id, ripple_id=ripple_id),
        start_chore("purge_ripple_memberships", wave_id=wave_id, ripple_id=ripple_id),
    ]


def purge_boosts(wave_id: str, ripple_id: str | None) -> list[Change]:
    """The chore that takes the boosts of a deleted ripple, or of all of a wave, out of the cells."""
    return [start_chore("purge_boosts", wave_id=wave_id, ripple_id=ripple_id)]


def purge_wave(wave_id: str) -> list[Change]:
    """The chores that follow a wave's deletion."""
    return [
        start_chore("purge_wave_actions", wave_id=wave_id),
        start_chore("purge_wave_memberships", wave_id=wave_id),
        start_chore("purge_wave_ripples", wave_id=wave_id),
        *purge_boosts(wave_id, None),
    ]


def reads_action(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited action, and when it is live, what it counts in."""
    yield ACTIONS, key
    yield from reads_counted(states.get(ACTIONS, key))


def visit_ripple_action(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """A live action stops counting; its id stays."""
    action = states.get(ACTIONS, key)
    return [] if action is None or action.user_id is None else take_back(action, states)


def visit_wave_action(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """The action's row goes, with what it counted for."""
    return [*visit_ripple_action(arguments, key, states), (ACTIONS, key, WHOLE, None)]


def reads_membership(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited membership, its wave and its ripple."""
    wave_id, ripple_id, _ = key
    return ((MEMBERSHIPS, key), (WAVES, (wave_id,)), (RIPPLES, (wave_id, ripple_id)))


def visit_membership(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """The membership's row goes, with its place in the user's `ripples_joined`."""
    membership = states.get(MEMBERSHIPS, key)
    if membership is None:
        return []
    changes: list[Change] = [(MEMBERSHIPS, key, WHOLE, None)]
    if membership.joined:
        wave_id, ripple_id, user_id = key
        changes.append((USER_WAVES, (user_id, wave_id), RIPPLES_JOINED, -1))
        assert membership.joined_at is not None, f"who has joined did so at some time: {membership}"
        changes += cell_of_interest(wave_id, ripple_id, JOIN, membership.joined_at, -1, states)
        wave = states.get(WAVES, (wave_id,))
        ripple = states.get(RIPPLES, (wave_id, ripple_id))
        if wave is not None and not wave.deleted and ripple is not None:
            changes.append(purged(ripple, joined=1))
    return changes


def reads_nothing(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited row is all there is to know."""
    return ()


def visit_boosts(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """The cell is emptied: nothing is added to it any more."""
    *cell, amount, heat_units = key
    return [
        (INTEREST_HOURS, tuple(cell), AMOUNT, -amount),
        (INTEREST_HOURS, tuple(cell), HEAT_UNITS, -heat_units),
    ]


def reads_ripple(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited ripple."""
    return ((RIPPLES, key),)


def visit_wave_ripple(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """The ripple's row goes."""
    return [(RIPPLES, key, WHOLE, None)]


PURGING_CHORES: Final[Mapping[str, Chore]] = {
    "purge_ripple_actions": Chore(ACTIONS, PAGES / "ripple_actions.sql", reads_action, visit_ripple_action),
    "purge_ripple_memberships": Chore(
        MEMBERSHIPS, PAGES / "ripple_memberships.sql", reads_membership, visit_membership
    ),
    "purge_wave_actions": Chore(ACTIONS, PAGES / "wave_actions.sql", reads_action, visit_wave_action),
    "purge_wave_memberships": Chore(
        MEMBERSHIPS, PAGES / "wave_memberships.sql", reads_membership, visit_membership
    ),
    "purge_boosts": Chore(INTEREST_HOURS, PAGES / "boosts.sql", reads_nothing, visit_boosts),
    "purge_wave_ripples": Chore(RIPPLES, PAGES / "wave_ripples.sql", reads_ripple, visit_wave_ripple),
}
