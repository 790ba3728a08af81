"""Creators: registered, changed, their followers counted."""

from typing import Final

from msgspec.structs import replace

from events.content import CreatorChanged, CreatorFollowersObserved, CreatorRegistered
from projections.content.rows import Creator
from projections.content.searching import searched
from projections.content.tables import CREATORS
from streams.folding import Change, States, put
from streams.rule import Reads, Rule, Take, given, stated


def reads_creator(
    event: CreatorRegistered | CreatorChanged | CreatorFollowersObserved, states: States
) -> Reads:
    """The creator."""
    return ((CREATORS, (event.creator_id,)),)


def registered(event: CreatorRegistered, states: States) -> list[Change]:
    """The creator stands as announced, since the first time."""
    return described(event, states, stated)


def changed(event: CreatorChanged, states: States) -> list[Change]:
    """What the event names is so from now on; who is changed is registered."""
    return described(event, states, given)


def described(event: CreatorRegistered | CreatorChanged, states: States, take: Take) -> list[Change]:
    """What the creator says of themselves from now on."""
    creator = states.get(CREATORS, (event.creator_id,)) or Creator(event.creator_id)
    after = replace(
        creator,
        username=take(event.username, creator.username),
        display_name=take(event.display_name, creator.display_name),
        bio=take(event.bio, creator.bio),
        avatar_url=take(event.avatar_url, creator.avatar_url),
        verified=take(event.verified, creator.verified),
        registered_at=creator.registered_at or event.at,
    )
    search = searched(after.username, after.display_name, after.bio)
    return [put(CREATORS, replace(after, search=search, username_search=searched(after.username)))]


def followers_observed(event: CreatorFollowersObserved, states: States) -> list[Change]:
    """The count with the greatest `at` stands; of equal ones the last in the log."""
    creator = states.get(CREATORS, (event.creator_id,)) or Creator(event.creator_id)
    if creator.followers_at is not None and creator.followers_at > event.at:
        return []
    return [put(CREATORS, replace(creator, followers=event.followers, followers_at=event.at))]


CREATOR_REGISTERED: Final = Rule(reads_creator, registered)
CREATOR_CHANGED: Final = Rule(reads_creator, changed)
CREATOR_FOLLOWERS_OBSERVED: Final = Rule(reads_creator, followers_observed)
