"""What rows that are never stored bring to those of other tables, in Python: the databases' SQL written
apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from projections.content.tables import (
    ACTIVITY,
    BROUGHT,
    COMMUNITY_CREATORS,
    COMMUNITY_HASHTAGS,
    GAINS,
    HASHTAG_CREATORS,
    SOUND_CREATORS,
)
from projections.tables import CounterTable, Key

Spreads = Callable[[Key, Sequence[int]], Iterator[tuple[CounterTable, Key, Sequence[int]]]]


def gains(key: Key, sums: Sequence[int]) -> Iterator[tuple[CounterTable, Key, Sequence[int]]]:
    """The cells of the video and of all that it belonged to."""
    video_id, creator_id, sound_id, hashtags, communities, hour = key
    owners = {
        "video": [video_id],
        "creator": [creator_id],
        "sound": [sound_id],
        "hashtag": hashtags,
        "community": communities,
    }
    for kind, ids in owners.items():
        yield from ((ACTIVITY, (kind, one, hour), sums) for one in ids if one)


def brought(key: Key, sums: Sequence[int]) -> Iterator[tuple[CounterTable, Key, Sequence[int]]]:
    """Each pair of owners."""
    creator_id, sound_id, hashtags, communities = key
    videos, views, _, impact_cents = sums
    creators = [creator_id] if creator_id else []
    paired: Mapping[CounterTable, Sequence[Any]] = {
        SOUND_CREATORS: [sound_id] if sound_id else [],
        HASHTAG_CREATORS: hashtags,
        COMMUNITY_CREATORS: communities,
    }
    for table, owners in paired.items():
        yield from ((table, pair, sums) for pair in product(owners, creators))
    for pair in product(communities, hashtags):
        yield COMMUNITY_HASHTAGS, pair, (videos, views, impact_cents)


SPREAD: Final[Mapping[CounterTable, Spreads]] = {GAINS: gains, BROUGHT: brought}
