"""Ripples: titled, deleted, joined, left, boosted."""

from msgspec.structs import replace

from events.actions import (
    RippleBoosted,
    RippleChanged,
    RippleCreated,
    RippleDeleted,
    RippleJoined,
    RippleLeft,
)
from projections.actions.tables import MEMBERSHIPS, RIPPLES, USER_WAVES, WAVES, Membership, Ripple
from streams.folding import WHOLE, Change, States, add, put, refresh
from streams.folds.actions.heat import BOOST, JOIN, interest
from streams.folds.actions.purging import RIPPLES_JOINED, purge_boosts, purge_ripple
from streams.folds.actions.standing import live_ripple, live_wave, ripple_stands, seen
from streams.rule import Reads, Rule


def reads_ripple(
    event: RippleCreated | RippleChanged | RippleDeleted | RippleBoosted, states: States
) -> Reads:
    """The wave and the ripple."""
    return ((WAVES, (event.wave_id,)), (RIPPLES, (event.wave_id, event.ripple_id)))


def reads_member(event: RippleJoined | RippleLeft, states: States) -> Reads:
    """The wave, the ripple, and the actor in it."""
    return (
        (WAVES, (event.wave_id,)),
        (RIPPLES, (event.wave_id, event.ripple_id)),
        (MEMBERSHIPS, (event.wave_id, event.ripple_id, event.actor)),
    )


def titled(event: RippleCreated | RippleChanged, states: States) -> list[Change]:
    """The ripple is announced under that title, whichever of the two came first."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    return ripple_stands(wave, ripple, replace(seen(ripple), title=event.title, announced=True))


def deleted(event: RippleDeleted, states: States) -> list[Change]:
    """A tombstone for ever. The wave has it no more at once; users' shares in it are taken back in pages."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    purging = ripple.actions + ripple.joined > 0
    tombstone = Ripple(
        ripple.wave_id,
        ripple.ripple_id,
        deleted=True,
        purging=purging,
        actions=ripple.actions,
        joined=ripple.joined,
    )
    gone = ripple_stands(
        wave, ripple, tombstone, actions=-ripple.actions, impact_micros=-ripple.impact_micros
    )
    if ripple.boost_points:
        gone = gone + purge_boosts(event.wave_id, event.ripple_id)
    if not purging:
        return gone
    return [
        *gone,
        refresh("ripple", (event.wave_id, event.ripple_id)),
        *purge_ripple(event.wave_id, event.ripple_id),
    ]


def joined(event: RippleJoined, states: States) -> list[Change]:
    """The actor is a participant, once."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    user_id = event.actor
    assert user_id is not None, "joining needs an actor: an event without one is refused before"
    membership = states.get(MEMBERSHIPS, (event.wave_id, event.ripple_id, user_id))
    if membership is not None and membership.joined:
        return ripple_stands(wave, ripple, seen(ripple))
    actions = 0 if membership is None else membership.actions
    member = Membership(event.wave_id, event.ripple_id, user_id, True, actions, joined_at=event.at)
    after = replace(
        seen(ripple),
        joined=ripple.joined + 1,
        participants=ripple.participants + (membership is None),
    )
    after, cell = interest(after, JOIN, event.at, 1, states)
    return [
        *cell,
        put(MEMBERSHIPS, member),
        add(USER_WAVES, (user_id, event.wave_id), RIPPLES_JOINED, 1),
        *ripple_stands(wave, ripple, after),
    ]


def left(event: RippleLeft, states: States) -> list[Change]:
    """The actor stays a participant only by live actions."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    key = (event.wave_id, event.ripple_id, event.actor)
    membership = states.get(MEMBERSHIPS, key)
    if membership is None or not membership.joined:
        return ripple_stands(wave, ripple, seen(ripple))
    stays = membership.actions > 0
    after = replace(
        seen(ripple),
        joined=ripple.joined - 1,
        participants=ripple.participants - (not stays),
    )
    assert membership.joined_at is not None, f"who has joined did so at some time: {membership}"
    after, cell = interest(after, JOIN, membership.joined_at, -1, states)
    return [
        *cell,
        (MEMBERSHIPS, key, WHOLE, replace(membership, joined=False, joined_at=None) if stays else None),
        add(USER_WAVES, (event.actor, event.wave_id), RIPPLES_JOINED, -1),
        *ripple_stands(wave, ripple, after),
    ]


def boosted(event: RippleBoosted, states: States) -> list[Change]:
    """The points stay for ever."""
    wave = live_wave(states, event.wave_id)
    ripple = live_ripple(states, event.wave_id, event.ripple_id)
    after = replace(seen(ripple), boost_points=ripple.boost_points + event.points)
    after, cell = interest(after, BOOST, event.at, event.points, states)
    return [*cell, *ripple_stands(wave, ripple, after)]


RIPPLE_TITLED = Rule(reads_ripple, titled)
RIPPLE_DELETED = Rule(reads_ripple, deleted)
RIPPLE_JOINED = Rule(reads_member, joined)
RIPPLE_LEFT = Rule(reads_member, left)
RIPPLE_BOOSTED = Rule(reads_ripple, boosted)
