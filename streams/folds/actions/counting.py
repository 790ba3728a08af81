"""What a live action counts for: added once, taken back once, moved when its weight changes.

Hour and minute cells are keyed by whole hours and minutes since 1970 in UTC.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from projections.actions.tables import (
    ACTIONS,
    ACTIVITY_HOURS,
    ACTIVITY_MINUTES,
    MEMBERSHIPS,
    MINUTES_KEPT,
    RIPPLES,
    USER_UNITS,
    USER_WAVES,
    WAVES,
    Action,
    Membership,
    Ripple,
    Wave,
)
from streams.folding import WHOLE, Change, States
from streams.folds.actions.heat import cold_when_empty, warmth
from streams.folds.actions.standing import ripple_stands
from streams.heat import UNIT, half_life, units
from streams.hours import hour_of
from streams.rule import Reads

# The places of the summed columns, the same in all counters that have them.
COUNT: Final = 0
MICROS: Final = 1
HEAT: Final = ACTIVITY_HOURS.index_of("heat_units")


def count(
    action: Action, states: States, wave: Wave, ripple: Ripple, membership: Membership | None
) -> list[Change]:
    """The action begins to count in a live ripple; `membership` is its user's, None when there is none."""
    wave_id, ripple_id, user_id = action.wave_id, ripple.ripple_id, action.user_id
    weight, at = action.weight_micros, action.at
    assert user_id is not None, f"only a live action counts: {action}"
    assert weight is not None, f"only a live action weighs something: {action}"
    assert at is not None, f"only a live action has a time: {action}"
    heat_units = units(at, half_life(states))
    changes = contribution(action, states.appended_at, 1, weight, heat_units)
    heat_sum, heat_hour = warmth(ripple, hour_of(at), heat_units * weight * UNIT, half_life(states))
    if membership is None:
        member = Membership(wave_id, ripple_id, user_id, False, 1)
    else:
        member = replace(membership, actions=membership.actions + 1)
    after = replace(
        ripple,
        actions=ripple.actions + 1,
        impact_micros=ripple.impact_micros + weight,
        participants=ripple.participants + (membership is None),
        version=ripple.version + 1,
        heat_sum=heat_sum,
        heat_hour=heat_hour,
    )
    changes.append((ACTIONS, (wave_id, action.action_id), WHOLE, action))
    changes.append((MEMBERSHIPS, (wave_id, ripple_id, user_id), WHOLE, member))
    changes += ripple_stands(wave, ripple, after, actions=1, impact_micros=weight)
    return changes


def reads_counted(action: Action | None) -> Reads:
    """What :func:`take_back` and :func:`weigh_again` read beside the action itself, when it is live."""
    if action is not None and action.user_id is not None:
        yield WAVES, (action.wave_id,)
        yield RIPPLES, (action.wave_id, action.ripple_id)
        yield MEMBERSHIPS, (action.wave_id, action.ripple_id, action.user_id)


def take_back(action: Action, states: States) -> list[Change]:
    """The one way in which a live action stops counting; its id stays known, nothing about a person does.

    It is retracted, or its ripple or wave was deleted and is being purged: then ripple and wave have left the
    lists already, and only what users and cells hold of it is still there.
    """
    weight, at = action.weight_micros, action.at
    assert weight is not None, f"only a live action is taken back: {action}"
    assert at is not None, f"only a live action has a time: {action}"
    heat_units = units(at, half_life(states))
    changes = contribution(action, states.appended_at, -1, -weight, -heat_units)
    tombstone = Action(action.wave_id, action.action_id, action.ripple_id)
    changes.append((ACTIONS, (action.wave_id, action.action_id), WHOLE, tombstone))
    wave = states.get(WAVES, (action.wave_id,))
    assert wave is not None, f"a live action has no wave: {action}"
    if wave.deleted:
        return changes
    ripple = states.get(RIPPLES, (action.wave_id, action.ripple_id))
    assert ripple is not None, f"a live action has no ripple: {action}"
    if ripple.deleted:
        return [*changes, purged(ripple, actions=1)]
    warmth_left = warmth(ripple, hour_of(at), -heat_units * weight * UNIT, half_life(states))
    return changes + _leaves_live_ripple(action, weight, wave, ripple, warmth_left, states)


def _leaves_live_ripple(
    action: Action, weight: int, wave: Wave, ripple: Ripple, warmth_left: tuple[float, int], states: States
) -> list[Change]:
    """Only an event that names the ripple comes here, so the version grows."""
    key = (action.wave_id, action.ripple_id, action.user_id)
    membership = states.get(MEMBERSHIPS, key)
    assert membership is not None, f"the user of a live action has no share in its ripple: {action}"
    stays = membership.joined or membership.actions > 1
    after = replace(
        ripple,
        actions=ripple.actions - 1,
        impact_micros=ripple.impact_micros - weight,
        participants=ripple.participants - (not stays),
        version=ripple.version + 1,
        heat_sum=warmth_left[0],
        heat_hour=warmth_left[1],
    )
    after = cold_when_empty(after)
    member = replace(membership, actions=membership.actions - 1) if stays else None
    return [
        (MEMBERSHIPS, key, WHOLE, member),
        *ripple_stands(wave, ripple, after, actions=-1, impact_micros=-weight),
    ]


def purged(ripple: Ripple, *, actions: int = 0, joined: int = 0) -> Change:
    """A deleted ripple with so much less to be purged; with nothing left views need not subtract it."""
    after = replace(ripple, actions=ripple.actions - actions, joined=ripple.joined - joined)
    after = replace(after, purging=after.actions + after.joined > 0)
    return (RIPPLES, (ripple.wave_id, ripple.ripple_id), WHOLE, after)


def weigh_again(action: Action, weight_micros: int, states: States) -> list[Change]:
    """A live action gets another weight: the difference moves wherever the old one was added."""
    assert action.weight_micros is not None, f"only a live action is weighed: {action}"
    difference = weight_micros - action.weight_micros
    wave = states.get(WAVES, (action.wave_id,))
    assert wave is not None, f"a live action has no wave: {action}"
    # What is being purged is taken back with the weight that it was counted with.
    if wave.deleted or not difference:
        return []
    ripple = states.get(RIPPLES, (action.wave_id, action.ripple_id))
    assert ripple is not None, f"a live action has no ripple: {action}"
    if ripple.deleted:
        return []
    weighed = replace(action, weight_micros=weight_micros)
    at = action.at
    assert at is not None, f"only a live action is weighed: {action}"
    hours = half_life(states)
    heat_sum, heat_hour = warmth(ripple, hour_of(at), units(at, hours) * difference * UNIT, hours)
    impact_micros = ripple.impact_micros + difference
    after = replace(ripple, impact_micros=impact_micros, heat_sum=heat_sum, heat_hour=heat_hour)
    return [
        *contribution(action, states.appended_at, 0, difference, 0),
        (ACTIONS, (action.wave_id, action.action_id), WHOLE, weighed),
        *ripple_stands(wave, ripple, after, impact_micros=difference),
    ]


def contribution(
    action: Action, appended_at: datetime, actions: int, impact_micros: int, heat_units: int
) -> list[Change]:
    """So much more for the user in the wave, in the cells of the action's time, and for what was achieved."""
    at = action.at
    assert at is not None, f"only a live action contributes: {action}"
    hour = hour_of(at)
    user_wave = (action.user_id, action.wave_id)
    cell = (action.wave_id, action.ripple_id, hour, action.bucket)
    changes: list[Change] = [
        (USER_WAVES, user_wave, COUNT, actions),
        (USER_WAVES, user_wave, MICROS, impact_micros),
        (ACTIVITY_HOURS, cell, COUNT, actions),
        (ACTIVITY_HOURS, cell, MICROS, impact_micros),
        (ACTIVITY_HOURS, cell, HEAT, heat_units),
    ]
    if appended_at - at <= MINUTES_KEPT:
        minute = (action.wave_id, action.ripple_id, hour * 60 + at.minute, action.bucket)
        changes.append((ACTIVITY_MINUTES, minute, COUNT, actions))
        changes.append((ACTIVITY_MINUTES, minute, MICROS, impact_micros))
    if actions and action.unit is not None and action.quantity_micros is not None:
        achieved = (action.user_id, action.wave_id, action.unit)
        changes.append((USER_UNITS, achieved, COUNT, actions))
        changes.append((USER_UNITS, achieved, MICROS, actions * action.quantity_micros))
    return changes
