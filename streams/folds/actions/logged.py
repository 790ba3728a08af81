"""Actions: logged once for ever, retracted, in either order."""

from decimal import Decimal

from events.actions import ActionLogged, ActionRetracted
from projections.actions.tables import ACTIONS, BUCKET_WEIGHTS, MEMBERSHIPS, MICROS, RIPPLES, WAVES, Action
from streams.folding import Change, Duplicate, Refused, States, put
from streams.folds.actions.counting import count, reads_counted, take_back
from streams.folds.actions.standing import live_ripple, live_wave, ripple_stands, seen
from streams.folds.actions.weights import weight_micros
from streams.hours import hour_of
from streams.rule import Reads, Rule


def reads_logged(event: ActionLogged, states: States) -> Reads:
    """The wave, the ripple, what is known of the id, the actor's share, and what the bucket weighs."""
    wave_id, ripple_id = event.wave_id, event.ripple_id
    return (
        (WAVES, (wave_id,)),
        (RIPPLES, (wave_id, ripple_id)),
        (ACTIONS, (wave_id, event.action_id)),
        (MEMBERSHIPS, (wave_id, ripple_id, event.actor)),
        (BUCKET_WEIGHTS, (states.partition, event.bucket)),
    )


def logged(event: ActionLogged, states: States) -> list[Change]:
    """The action counts, unless its id is known, its bucket is not allowed, or it was retracted before."""
    wave_id, ripple_id, bucket = event.wave_id, event.ripple_id, event.bucket
    wave = live_wave(states, wave_id)
    ripple = live_ripple(states, wave_id, ripple_id)
    known = states.get(ACTIONS, (wave_id, event.action_id))
    if known is not None and known.ripple_id is not None:
        raise Duplicate
    if wave.allowed_buckets is not None and bucket not in wave.allowed_buckets:
        allowed = ", ".join(wave.allowed_buckets)
        raise Refused("bucket_not_allowed", f"wave {wave_id!r} allows {allowed}, not {bucket!r}")
    if known is not None:
        filled_in = put(ACTIONS, Action(wave_id, event.action_id, ripple_id))
        return [filled_in, *ripple_stands(wave, ripple, seen(ripple))]
    action = Action(
        wave_id,
        event.action_id,
        ripple_id,
        event.actor,
        bucket,
        micros(event.quantity),
        event.unit,
        event.note,
        event.at,
        weight_micros(states.get(BUCKET_WEIGHTS, (states.partition, bucket)), bucket, hour_of(event.at)),
    )
    return count(action, states, wave, ripple, states.get(MEMBERSHIPS, (wave_id, ripple_id, event.actor)))


def reads_retracted(event: ActionRetracted, states: States) -> Reads:
    """The action, and when it is live, what it counts in."""
    yield WAVES, (event.wave_id,)
    yield RIPPLES, (event.wave_id, event.ripple_id)
    yield ACTIONS, (event.wave_id, event.action_id)
    yield from reads_counted(states.get(ACTIONS, (event.wave_id, event.action_id)))


def retracted(event: ActionRetracted, states: States) -> list[Change]:
    """The action counts no more; one that is not known yet will not count when it comes."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    action = states.get(ACTIONS, (event.wave_id, event.action_id))
    if action is None:
        stub = put(ACTIONS, Action(event.wave_id, event.action_id))
        return [stub, *ripple_stands(wave, ripple, seen(ripple))]
    if action.ripple_id is not None and action.ripple_id != event.ripple_id:
        where = f"is in ripple {action.ripple_id!r}, not {event.ripple_id!r}"
        raise Refused("ripple_mismatch", f"action {event.action_id!r} of wave {event.wave_id!r} {where}")
    if action.user_id is None:
        return ripple_stands(wave, ripple, seen(ripple))
    return take_back(action, states)


def micros(quantity: Decimal | None) -> int | None:
    """The quantity in millionths: exact, as a quantity has at most 6 places after the point."""
    return None if quantity is None else int(quantity * MICROS)


ACTION_LOGGED = Rule(reads_logged, logged)
ACTION_RETRACTED = Rule(reads_retracted, retracted)
