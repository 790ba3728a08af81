"""Records of system 3 that must not count: each breaks exactly one rule, and says its verdict."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final

from tests.simulation.random_dead import JunkMaker, Refused
from tests.simulation.random_json import Fields
from tests.simulation.weights_oracle_reading import INVALID_DISTRIBUTION
from tests.simulation.weights_random_world import WeightsWorld, key_of

_INVALID: Final = "invalid_field"


def _of(community: object, environment: object, workers: object) -> tuple[str, Fields]:
    weights = {"community": community, "environment": environment, "workers": workers}
    return INVALID_DISTRIBUTION, {"weights": weights}


_HALVES: Final[Fields] = {"community": Decimal("0.5"), "environment": Decimal("0.5")}
_REFUSED: Final[Refused] = {
    "sum of 0.80": _of(Decimal("0.5"), Decimal("0.2"), Decimal("0.1")),
    "sum of 1.01": _of(Decimal("0.5"), Decimal("0.5"), Decimal("0.01")),
    "all 0": _of(0, 0, 0),
    "half a hundredth": _of(Decimal("0.305"), Decimal("0.395"), Decimal("0.3")),
    "too far from a hundredth": _of(Decimal("0.500000002"), Decimal("0.3"), Decimal("0.2")),
    "noise that adds up to nothing": _of(Decimal("0.50001"), Decimal("0.29999"), Decimal("0.2")),
    "negative": _of(Decimal("-0.1"), Decimal("0.6"), Decimal("0.5")),
    "above 1": _of(Decimal("1.5"), Decimal("-0.5"), 0),
    "in percent": _of(50, 30, 20),
    "far above 1": _of(Decimal("1e30"), 0, 0),
    "a weight in words": _of("0.5", Decimal("0.3"), Decimal("0.2")),
    "a weight that is true": _of(True, 0, 0),
    "a weight that is null": _of(None, Decimal("0.5"), Decimal("0.5")),
    "a weight that is a list": _of([1], 0, 0),
    "two of three": (INVALID_DISTRIBUTION, {"weights": _HALVES}),
    "a fourth category": (INVALID_DISTRIBUTION, {"weights": _HALVES | {"workers": 0, "animals": 0}}),
    "another category": (INVALID_DISTRIBUTION, {"weights": _HALVES | {"animals": 0}}),
    "written as the view does": (INVALID_DISTRIBUTION, {"weights": _HALVES | {"Workers": 0}}),
    "no weights": (INVALID_DISTRIBUTION, {"weights": {}}),
    "weights in a list": (
        INVALID_DISTRIBUTION,
        {"weights": [Decimal("0.5"), Decimal("0.3"), Decimal("0.2")]},
    ),
    "weights in words": (INVALID_DISTRIBUTION, {"weights": "0.5, 0.3, 0.2"}),
    "weights null": (INVALID_DISTRIBUTION, {"weights": None}),
    "negative version": (_INVALID, {"expected_version": -1}),
    "version of 2^63": (_INVALID, {"expected_version": 2**63}),
    "version in words": (_INVALID, {"expected_version": "1"}),
    "version true": (_INVALID, {"expected_version": True}),
    "version with a point": (_INVALID, {"expected_version": 1.0}),
    "user without a name": (_INVALID, {"user_id": ""}),
    "user of 301 bytes": (_INVALID, {"user_id": "u" * 301}),
    "user that is null": (_INVALID, {"user_id": None}),
    "unknown type": ("unknown_type", {"type": "weights.user_exploded"}),
    "type of another system": ("unknown_type", {"type": "actions.wave_deleted"}),
    "weights of a registration": ("unknown_field", {"type": "weights.user_registered"}),
    "version before there is any": ("version_conflict", {"expected_version": 1}),
    "version of others": ("version_conflict", {"expected_version": 2**63 - 1}),
}


def weights_junk(random: Random, base: datetime) -> JunkMaker:
    """The junk of system 3."""
    world = WeightsWorld(random, base)
    return JunkMaker(
        random,
        key_of,
        world.setting,
        ("id", "at", "v", "weights"),
        ((world.setting, _REFUSED),),
    )
