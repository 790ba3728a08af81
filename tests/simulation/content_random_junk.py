"""Records of system 2 that must not count: each breaks exactly one rule, and says its verdict."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from tests.simulation.content_oracle_reading import COUNTER_MAX, INCREMENT_MAX, LIST_MAX
from tests.simulation.content_random_world import ContentWorld, key_of
from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_dead import JunkMaker, Refused
from tests.simulation.random_json import Fields

_INVALID: Final = "invalid_field"

_REFUSED_VIEWS: Final[Refused] = {
    "unknown type": ("unknown_type", {"type": "content.video_exploded"}),
    "type of another system": ("unknown_type", {"type": "actions.wave_deleted"}),
    "count 0": (_INVALID, {"count": 0}),
    "negative count": (_INVALID, {"count": -1}),
    "count of too many": (_INVALID, {"count": INCREMENT_MAX + 1}),
    "count true": (_INVALID, {"count": True}),
    "count null": (_INVALID, {"count": None}),
    "count with a point": (_INVALID, {"count": 1.5}),
    "video without a name": (_INVALID, {"video_id": ""}),
    "video of 301 bytes": (_INVALID, {"video_id": "v" * 301}),
}
_REFUSED_PUBLICATIONS: Final[Refused] = {
    "51 hashtags": (_INVALID, {"hashtags": [f"tag {number}" for number in range(LIST_MAX + 1)]}),
    "a hashtag twice": (_INVALID, {"hashtags": ["#diy", "lamp", "#diy"]}),
    "empty hashtag": (_INVALID, {"hashtags": ["lamp", ""]}),
    "hashtag of 101 characters": (_INVALID, {"hashtags": ["h" * 101]}),
    # Each of these letters is 18 once normalised.
    "hashtag too long once normalised": (_INVALID, {"hashtags": ["\ufdfa" * 10]}),
    "hashtags in a text": (_INVALID, {"hashtags": "#diy"}),
    "a number among hashtags": (_INVALID, {"hashtags": ["diy", 7]}),
    "51 communities": (_INVALID, {"communities": [f"c-{number}" for number in range(LIST_MAX + 1)]}),
    "a community twice": (_INVALID, {"communities": ["makers", "makers"]}),
    "null among communities": (_INVALID, {"communities": [None]}),
    "no creator": (_INVALID, {"creator_id": None}),
    "NUL in a text": (_INVALID, {"caption": "a\x00b"}),
    "C1 control character in a text": (_INVALID, {"description": "a\x85b"}),
    "caption of 2201 characters": (_INVALID, {"caption": "c" * 2201}),
    "description of 5001 characters": (_INVALID, {"description": "d" * 5001}),
    "published without a zone": (_INVALID, {"published_at": "2026-10-31T12:00:00"}),
    "published in 1999": (_INVALID, {"published_at": "1999-12-31T23:59:59Z"}),
    "negative duration": (_INVALID, {"duration_seconds": -1}),
    "creator's field on a video": ("unknown_field", {"bio": "I build lamps."}),
}
_REFUSED_CHANGES: Final[Mapping[str, Refused]] = {
    "creator": {
        "nothing changed of a creator": ("missing_field", {}),
        "username taken away": (_INVALID, {"username": None}),
        "username of 101 characters": (_INVALID, {"username": "u" * 101}),
        "bio of 501 characters": (_INVALID, {"bio": "b" * 501}),
        "verified in words": (_INVALID, {"verified": "yes"}),
        "verified 1": (_INVALID, {"verified": 1}),
    },
    "sound": {
        "nothing changed of a sound": ("missing_field", {}),
        "title taken away": (_INVALID, {"title": None}),
        "empty title": (_INVALID, {"title": ""}),
    },
    "community": {
        "nothing changed of a community": ("missing_field", {}),
        "name taken away": (_INVALID, {"name": None}),
        "a link twice": (_INVALID, {"linked_hashtags": ["diy", "diy"]}),
    },
    "video": {
        "nothing changed of a video": ("missing_field", {}),
        "creator taken away": (_INVALID, {"creator_id": None}),
        "time of publication taken away": (_INVALID, {"published_at": None}),
    },
}
_REFUSED_OBSERVATIONS: Final[Refused] = {
    "nothing observed": ("missing_field", {}),
    "null observed": (_INVALID, {"views": 1, "likes": None}),
    "negative total": (_INVALID, {"saves": -1}),
    "total of 2^63": (_INVALID, {"views": COUNTER_MAX + 1}),
    "total with an exponent": (_INVALID, {"shares": 1e3}),
    "one at a time": ("unknown_field", {"views": 1, "count": 1}),
}
_ENTRY: Final[Fields] = {"id": "ada", "rank": 1, "value": 2}
_FORGED: Final[Refused] = {
    "forged decision": ("not_a_decision", {"id": "01938f7e-5c00-7a3b-9d2e-4f5061728394"}),
    "decision with the id of another part": ("not_a_decision", {"part": 1, "parts": 2}),
    "part behind the last": (_INVALID, {"part": 1}),
    "decision of another hour": (_INVALID, {"hour": "2026-01-01T00:00:00Z"}),
    "leaderboard of rank 0": (_INVALID, {"entries": [_ENTRY | {"rank": 0}]}),
    "leaderboard of rank 101": (_INVALID, {"entries": [_ENTRY | {"rank": 101}]}),
    "leaderboard of 101": (
        _INVALID,
        {"entries": [_ENTRY | {"id": str(number), "rank": number % 100 + 1} for number in range(101)]},
    ),
    "leaderboard of a century": (_INVALID, {"period": "100y"}),
    "leaderboard of users": (_INVALID, {"kind": "user"}),
    "leaderboard by luck": (_INVALID, {"sort": "luck"}),
}


def content_junk(random: Random, base: datetime) -> JunkMaker:
    """The junk of system 2."""
    world = ContentWorld(random, base)
    return JunkMaker(
        random,
        key_of,
        world.publication,
        ("id", "at", "v", "video_id", "creator_id"),
        (
            (world.view, _REFUSED_VIEWS),
            (world.publication, _REFUSED_PUBLICATIONS),
            (lambda now: world.view(now) | {"type": "content.video_metrics_observed"}, _REFUSED_OBSERVATIONS),
            (_leaderboard, _FORGED),
            *((partial(world.change, thing), refused) for thing, refused in _REFUSED_CHANGES.items()),
        ),
    )


def _leaderboard(now: datetime) -> Fields:
    """A valid one, but for what is put over it."""
    end = now.replace(minute=0, second=0, microsecond=0)
    event: Fields = {"id": str(decision_id("content.leaderboard_closed", end, 0)), "v": 1}
    event |= {"type": "content.leaderboard_closed", "at": end.isoformat(), "part": 0, "parts": 1}
    event |= {"hour": (end - timedelta(hours=1)).isoformat(), "period": "7d", "kind": "creator"}
    return event | {"sort": "views", "entries": [_ENTRY]}
