"""From a raw record to an event of system 2 or to the reason why it is dead, for its oracle."""

from collections.abc import Mapping
from typing import Final

from tests.simulation import oracle_fields as fields
from tests.simulation.content_oracle_hashtags import hashtag
from tests.simulation.oracle_envelope import Field, left_out_or, object_of, optional
from tests.simulation.oracle_event import RECONCILED, EventType, EventTypes

COUNTERS: Final = ("views", "likes", "comments", "shares", "saves")
COUNTER_MAX: Final = fields.COUNTER_MAX
LIST_MAX: Final = 50
INCREMENT_MAX: Final = 1_000_000
URL_CHARACTERS_MAX: Final = 2_000
DURATION_SECONDS_MAX: Final = 31_536_000
PERIODS: Final = ("24h", "7d", "30d", "1y", "all")
KINDS: Final = ("video", "creator", "sound", "hashtag", "community")
SORTS: Final = ("views", "impact")
RANKS_MAX: Final = 100

_ID = Field(fields.identifier)
_COUNT = fields.whole_number_between(0, COUNTER_MAX)
_RANK = fields.whole_number_between(1, RANKS_MAX)
_URL = optional(fields.text_of(0, URL_CHARACTERS_MAX))
_SECONDS = optional(fields.whole_number_between(0, DURATION_SECONDS_MAX))


def _name(most: int) -> fields.Check:
    return fields.text_of(1, most)


_HASHTAGS = optional(fields.list_of(hashtag, LIST_MAX))
_CREATOR = {
    "display_name": optional(fields.text_of(0, 100)),
    "bio": optional(fields.text_of(0, 500)),
    "avatar_url": _URL,
    "verified": optional(fields.flag),
}
_SOUND = {"author": optional(fields.text_of(0, 300)), "duration_seconds": _SECONDS, "cover_url": _URL}
_COMMUNITY = {"description": optional(fields.text_of(0, 1000)), "linked_hashtags": _HASHTAGS}
_VIDEO = {
    "sound_id": optional(fields.identifier),
    "hashtags": _HASHTAGS,
    "communities": optional(fields.list_of(fields.identifier, LIST_MAX)),
    "caption": optional(fields.text_of(0, 2200)),
    "description": optional(fields.text_of(0, 5000)),
    "duration_seconds": _SECONDS,
    "thumbnail_url": _URL,
}
_VALUE = Field(fields.signed_decimal)
_ENTRY = {"id": _ID, "rank": Field(_RANK), "value": _VALUE, "previous_rank": optional(_RANK)}
_MEMBERSHIP = EventType({"community_id": _ID}, "video_id")
_INCREMENT = EventType({"count": left_out_or(fields.whole_number_between(1, INCREMENT_MAX))}, "video_id")

INCREMENTS: Final[Mapping[str, tuple[str, int]]] = {
    "content.video_viewed": ("views", 1),
    "content.video_liked": ("likes", 1),
    "content.video_unliked": ("likes", -1),
    "content.video_commented": ("comments", 1),
    "content.comment_deleted": ("comments", -1),
    "content.video_shared": ("shares", 1),
    "content.video_saved": ("saves", 1),
    "content.video_unsaved": ("saves", -1),
}
"""The counter that each single event moves, and where to."""


def _partial(key: str, changed: Mapping[str, Field]) -> EventType:
    return EventType(changed, key, one_of=tuple(changed))


READING: Final = EventTypes(
    {
        "content.creator_registered": EventType({"username": Field(_name(100))} | _CREATOR, "creator_id"),
        "content.creator_changed": _partial("creator_id", {"username": left_out_or(_name(100))} | _CREATOR),
        "content.creator_followers_observed": EventType({"followers": Field(_COUNT)}, "creator_id"),
        "content.sound_registered": EventType({"title": Field(_name(300))} | _SOUND, "sound_id"),
        "content.sound_changed": _partial("sound_id", {"title": left_out_or(_name(300))} | _SOUND),
        "content.community_created": EventType({"name": Field(_name(100))} | _COMMUNITY, "community_id"),
        "content.community_changed": _partial("community_id", {"name": left_out_or(_name(100))} | _COMMUNITY),
        "content.community_deleted": EventType({}, "community_id"),
        "content.video_published": EventType(
            {"creator_id": _ID, "published_at": optional(fields.instant)} | _VIDEO, "video_id"
        ),
        "content.video_changed": _partial(
            "video_id",
            {"creator_id": left_out_or(fields.identifier), "published_at": left_out_or(fields.instant)}
            | _VIDEO,
        ),
        "content.video_metrics_observed": _partial(
            "video_id", {name: left_out_or(_COUNT) for name in COUNTERS}
        ),
        "content.video_removed": EventType({}, "video_id"),
        "content.video_joined_community": _MEMBERSHIP,
        "content.video_left_community": _MEMBERSHIP,
        **dict.fromkeys(INCREMENTS, _INCREMENT),
        "content.leaderboard_closed": EventType(
            {
                "period": Field(fields.one_of(*PERIODS)),
                "kind": Field(fields.one_of(*KINDS)),
                "sort": Field(fields.one_of(*SORTS)),
                "hour": Field(fields.whole_hour),
                "entries": Field(fields.list_of(object_of(_ENTRY), RANKS_MAX)),
            },
            is_decision=True,
        ),
        "content.reconciled": RECONCILED,
    }
)
"""All types of system 2."""
