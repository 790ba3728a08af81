"""Communities: founded, changed, deleted."""

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from events.content import CommunityChanged, CommunityCreated, CommunityDeleted
from events.hashtags import shown_by_normalised
from projections.content.rows import Community
from projections.content.searching import searched
from projections.content.tables import COMMUNITIES
from streams.folding import Change, Refused, States, put, refresh
from streams.rule import Reads, Rule, Take, given, stated


def reads_community(event: CommunityCreated | CommunityChanged | CommunityDeleted, states: States) -> Reads:
    """The community."""
    return ((COMMUNITIES, (event.community_id,)),)


def live_community(states: States, community_id: str) -> Community:
    """The community, or a stub when nothing was heard of it yet. Raises Refused when it was deleted."""
    community = states.get(COMMUNITIES, (community_id,))
    if community is None:
        return Community(community_id)
    if community.deleted:
        raise Refused("removed", f"community {community_id!r} was deleted")
    return community


def created(event: CommunityCreated, states: States) -> list[Change]:
    """The community stands as announced."""
    return described(event, states, stated)


def changed(event: CommunityChanged, states: States) -> list[Change]:
    """What the event names is so from now on."""
    return described(event, states, given)


def described(event: CommunityCreated | CommunityChanged, states: States, take: Take) -> list[Change]:
    """What the community says of itself, and the hashtags that it links, from now on."""
    community = live_community(states, event.community_id)
    linked = community.linked_hashtags
    if (written := take(event.linked_hashtags, UNSET)) is not UNSET:
        linked = tuple(shown_by_normalised(written or ()))
    after = replace(
        community,
        name=take(event.name, community.name),
        description=take(event.description, community.description),
        linked_hashtags=linked,
    )
    return [put(COMMUNITIES, replace(after, search=searched(after.name, after.description)))]


def deleted(event: CommunityDeleted, states: States) -> list[Change]:
    """A tombstone for ever; views hide at once what its videos still add up to."""
    live_community(states, event.community_id)
    return [
        put(COMMUNITIES, Community(event.community_id, deleted=True)),
        # It stands in no video's list any more.
        refresh("community", (event.community_id,)),
    ]


COMMUNITY_CREATED: Final = Rule(reads_community, created)
COMMUNITY_CHANGED: Final = Rule(reads_community, changed)
COMMUNITY_DELETED: Final = Rule(reads_community, deleted)
