"""From a raw record to an event of system 2 or to the reason why it is dead, for its oracle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tests.simulation import oracle_fields as fields
from tests.simulation.content_oracle_hashtags import hashtag
from tests.simulation.oracle_envelope import (
    DECISION,
    DECISIONS_KEY,
    ENVELOPE,
    Dead,
    Field,
    LogRecord,
    check_decision,
    check_place,
    checked_fields,
    left_out_or,
    optional,
)

COUNTERS: Final = ("views", "likes", "comments", "shares", "saves")
COUNTER_MAX: Final = 2**63 - 1
LIST_MAX: Final = 50
INCREMENT_MAX: Final = 1_000_000
URL_CHARACTERS_MAX: Final = 2_000
DURATION_SECONDS_MAX: Final = 31_536_000
PERIODS: Final = ("24h", "7d", "30d", "1y", "all")
KINDS: Final = ("video", "creator", "sound", "hashtag", "community")
SORTS: Final = ("views", "impact")
RANKS_MAX: Final = 100
DETAILS_MAX: Final = 100
_LEADERBOARD_CLOSED: Final = "content.leaderboard_closed"
_RECONCILED: Final = "content.reconciled"


@dataclass(frozen=True, slots=True)
class ContentEvent:
    """A valid event of system 2; `given` are the fields of its type that the JSON holds, null as None."""

    id: UUID
    type: str
    at: datetime
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The type without its system."""
        return self.type.removeprefix("content.")

    @property
    def is_decision(self) -> bool:
        """Whether the engine itself decided it."""
        return self.type in (_LEADERBOARD_CLOSED, _RECONCILED)

    @property
    def part(self) -> int:
        """Which part of a decision it is."""
        return int(self.given["part"])

    @property
    def key(self) -> str:
        """What decides its partition: the video where one is named."""
        if self.is_decision:
            return DECISIONS_KEY
        name = "video_id" if "video_id" in self.given else _THING_BY_TYPE[self.type]
        return str(self.given[name])


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise fields.FieldRefused(f"must be true or false, got {value!r:.80}")
    return value


def _list_of(check: fields.Check, most: int = LIST_MAX) -> fields.Check:
    def checked(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise fields.FieldRefused(f"must be a list of at most {most}, got {value!r:.80}")
        entries = tuple(check(entry) for entry in value)
        if any(entry in entries[:place] for place, entry in enumerate(entries)):
            raise fields.FieldRefused(f"names an entry twice: {value!r:.80}")
        return entries

    return checked


def _object_of(rules: Mapping[str, Field]) -> fields.Check:
    def checked(value: object) -> dict[str, Any]:
        required = {name for name, rule in rules.items() if rule.required}
        if not isinstance(value, dict) or not required <= value.keys() <= rules.keys():
            raise fields.FieldRefused(f"must be an object with the fields {[*rules]}, got {value!r:.80}")
        return {
            name: None if inner is None and rules[name].nullable else rules[name].check(inner)
            for name, inner in value.items()
        }

    return checked


def _signed_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise fields.FieldRefused(f"must be a decimal, got {value!r:.80}")
    return Decimal(value)


_ID = Field(fields.identifier)
_COUNT = fields.whole_number_between(0, COUNTER_MAX)
_RANK = fields.whole_number_between(1, RANKS_MAX)
_URL = optional(fields.text_of(0, URL_CHARACTERS_MAX))
_SECONDS = optional(fields.whole_number_between(0, DURATION_SECONDS_MAX))


def _name(most: int) -> fields.Check:
    return fields.text_of(1, most)


_HASHTAGS = optional(_list_of(hashtag))
_CREATOR = {
    "display_name": optional(fields.text_of(0, 100)),
    "bio": optional(fields.text_of(0, 500)),
    "avatar_url": _URL,
    "verified": optional(_flag),
}
_SOUND = {"author": optional(fields.text_of(0, 300)), "duration_seconds": _SECONDS, "cover_url": _URL}
_COMMUNITY = {"description": optional(fields.text_of(0, 1000)), "linked_hashtags": _HASHTAGS}
_VIDEO = {
    "sound_id": optional(fields.identifier),
    "hashtags": _HASHTAGS,
    "communities": optional(_list_of(fields.identifier)),
    "caption": optional(fields.text_of(0, 2200)),
    "description": optional(fields.text_of(0, 5000)),
    "duration_seconds": _SECONDS,
    "thumbnail_url": _URL,
}
_ENTRY = {"id": _ID, "rank": Field(_RANK), "value": Field(_signed_decimal), "previous_rank": optional(_RANK)}
_DETAIL = {name: Field(fields.text_of(0, 5000)) for name in ("table", "key", "column", "was", "became")}
_OF_VIDEO = {"video_id": _ID}
_MEMBERSHIP = _OF_VIDEO | {"community_id": _ID}
_INCREMENT = _OF_VIDEO | {"count": left_out_or(fields.whole_number_between(1, INCREMENT_MAX))}

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
_PARTIAL: Final[dict[str, dict[str, Field]]] = {
    "content.creator_changed": {"username": left_out_or(_name(100))} | _CREATOR,
    "content.sound_changed": {"title": left_out_or(_name(300))} | _SOUND,
    "content.community_changed": {"name": left_out_or(_name(100))} | _COMMUNITY,
    "content.video_changed": {
        "creator_id": left_out_or(fields.identifier),
        "published_at": left_out_or(fields.instant),
    }
    | _VIDEO,
    "content.video_metrics_observed": {name: left_out_or(_COUNT) for name in COUNTERS},
}
"""Types that must name at least one of these fields."""
_THING_BY_TYPE: Final = {
    "content.creator_registered": "creator_id",
    "content.creator_changed": "creator_id",
    "content.creator_followers_observed": "creator_id",
    "content.sound_registered": "sound_id",
    "content.sound_changed": "sound_id",
    "content.community_created": "community_id",
    "content.community_changed": "community_id",
    "content.community_deleted": "community_id",
    "content.video_changed": "video_id",
    "content.video_metrics_observed": "video_id",
}
_OWN_FIELDS: Final[dict[str, dict[str, Field]]] = {
    "content.creator_registered": {"creator_id": _ID, "username": Field(_name(100))} | _CREATOR,
    "content.creator_followers_observed": {"creator_id": _ID, "followers": Field(_COUNT)},
    "content.sound_registered": {"sound_id": _ID, "title": Field(_name(300))} | _SOUND,
    "content.community_created": {"community_id": _ID, "name": Field(_name(100))} | _COMMUNITY,
    "content.community_deleted": {"community_id": _ID},
    "content.video_published": _OF_VIDEO
    | {"creator_id": _ID, "published_at": optional(fields.instant)}
    | _VIDEO,
    "content.video_removed": _OF_VIDEO,
    "content.video_joined_community": _MEMBERSHIP,
    "content.video_left_community": _MEMBERSHIP,
    **{name: {_THING_BY_TYPE[name]: _ID} | changed for name, changed in _PARTIAL.items()},
    **dict.fromkeys(INCREMENTS, _INCREMENT),
    _LEADERBOARD_CLOSED: DECISION
    | {
        "period": Field(fields.one_of(*PERIODS)),
        "kind": Field(fields.one_of(*KINDS)),
        "sort": Field(fields.one_of(*SORTS)),
        "hour": Field(fields.whole_hour),
        "entries": Field(_list_of(_object_of(_ENTRY), RANKS_MAX)),
    },
    _RECONCILED: DECISION
    | {
        "days": Field(fields.whole_number_between(1, 36_500)),
        "checked": Field(_COUNT),
        "drifted": Field(_COUNT),
        "repaired": Field(_COUNT),
        "details": Field(_list_of(_object_of(_DETAIL), DETAILS_MAX)),
    },
}
_TYPES: Final = {name: ENVELOPE | own for name, own in _OWN_FIELDS.items()}


def read(record: LogRecord, partitions: int) -> tuple[ContentEvent, bool]:
    """The record's event; none of system 2 has copies. Raises `Dead`."""
    parsed = checked_fields(record.value, _TYPES)
    name = parsed["type"]
    own = {field: value for field, value in parsed.items() if field not in ENVELOPE}
    if name in _PARTIAL and own.keys().isdisjoint(_PARTIAL[name]):
        raise Dead("refused", "missing_field", f"names none of {[*_PARTIAL[name]]}")
    event = ContentEvent(parsed["id"], name, parsed["at"], own)
    if event.is_decision:
        check_decision(parsed)
    return event, check_place(record, event.key, event.at, False, partitions)
