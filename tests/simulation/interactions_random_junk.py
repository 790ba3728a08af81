"""Records of system 5 that must not count: each breaks exactly one rule, and says its verdict."""

from datetime import datetime
from random import Random
from typing import Final

from tests.simulation.interactions_random_world import InteractionsWorld, key_of
from tests.simulation.random_dead import JunkMaker, Refused

_INVALID: Final = "invalid_field"
_ITSELF: Final = "one and the same"
_REFUSED_STATES: Final[Refused] = {
    "unknown type": ("unknown_type", {"type": "interactions.resonance_exploded"}),
    "type of another system": ("unknown_type", {"type": "actions.wave_deleted"}),
    "nobody resonates": ("actor_missing", {"actor": None}),
    "nobody amplifies": ("actor_missing", {"type": "interactions.amplification_added", "actor": None}),
    "nobody takes back": ("actor_missing", {"type": "interactions.resonance_removed", "actor": None}),
    "somebody without a name": (_INVALID, {"actor": ""}),
    "entry without a name": (_INVALID, {"entry_id": ""}),
    "entry of 301 bytes": (_INVALID, {"entry_id": "e" * 301}),
    "entry that is null": (_INVALID, {"entry_id": None}),
    "entry that is a number": (_INVALID, {"entry_id": 7}),
    "state beside it": ("unknown_field", {"has_resonated": True}),
    "shared through 41 characters": (_INVALID, {"type": "interactions.entry_shared", "channel": "c" * 41}),
    "shared through a number": (_INVALID, {"type": "interactions.entry_shared", "channel": 1}),
    "channel of a toggle": ("unknown_field", {"channel": "letter"}),
}
_REFUSED_ANNOUNCEMENTS: Final[Refused] = {
    "title of 301 characters": (_INVALID, {"title": "t" * 301}),
    "title in a list": (_INVALID, {"title": ["t"]}),
    "NUL in a title": (_INVALID, {"title": "a\x00b"}),
    "author without a name": (_INVALID, {"author": ""}),
    "author of 301 bytes": (_INVALID, {"author": "a" * 301}),
    "nothing changed": ("missing_field", {"type": "interactions.entry_changed"}),
    "parent of an announcement": ("unknown_field", {"parent_id": "entry-1"}),
}
_REFUSED_BRANCHES: Final[Refused] = {
    "branch off itself": ("loop", {"entry_id": _ITSELF, "child_id": _ITSELF}),
    "branch without a name": (_INVALID, {"child_id": ""}),
    "branch that is null": (_INVALID, {"child_id": None}),
    "branch of 301 bytes": (_INVALID, {"child_id": "e" * 301}),
    "branch called with 301 characters": (_INVALID, {"title": "t" * 301}),
    "branch with an order": ("unknown_field", {"branch_order": 0}),
}


def interactions_junk(random: Random, base: datetime) -> JunkMaker:
    """The junk of system 5."""
    world = InteractionsWorld(random, base)
    return JunkMaker(
        random,
        key_of,
        world.resonance,
        ("id", "at", "v", "entry_id"),
        (
            (world.resonance, _REFUSED_STATES),
            (world.announcement, _REFUSED_ANNOUNCEMENTS),
            (world.branch, _REFUSED_BRANCHES),
        ),
    )
