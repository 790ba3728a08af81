"""Records of system 1 that must not count: each breaks exactly one rule, and says its verdict."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_dead import BROKEN, REFUSED_ENVELOPES, Junk, Refused, Spoiler
from tests.simulation.random_json import Fields
from tests.simulation.random_world import World, key_of

_CLOSED_RIPPLE: Fields = {"wave_id": "wave-0", "ripple_id": "ripple-0", "rank": 1, "score": 0.5} | {
    "actions_1h": 1, "actions_24h": 2, "participants": 1
}  # fmt: skip

# From the fields of a valid action to fields that break a rule.
_REFUSED_ACTIONS: Refused = {
    **REFUSED_ENVELOPES,
    "unknown type": ("unknown_type", {"type": "actions.wave_exploded"}),
    "negative quantity": ("invalid_field", {"quantity": -1}),
    "text quantity": ("invalid_field", {"quantity": "0.5"}),
    "quantity in words": ("invalid_field", {"quantity": "many"}),
    "quantity true": ("invalid_field", {"quantity": True}),
    "seven decimals": ("invalid_field", {"quantity": 1.2345678}),
    "thirteen digits before the point": ("invalid_field", {"quantity": 1_234_567_890_123}),
    "NUL in a text": ("invalid_field", {"note": "a\x00b"}),
    "control character in a text": ("invalid_field", {"unit": "kg\x1b"}),
    "DEL in a text": ("invalid_field", {"note": "a\x7fb"}),
    "C1 control character in a text": ("invalid_field", {"note": "a\x85b"}),
    "control character in an id": ("invalid_field", {"action_id": "a\n"}),
    "empty id": ("invalid_field", {"ripple_id": ""}),
    "id of 301 bytes": ("invalid_field", {"ripple_id": "r" * 301}),
    "id of 302 bytes, 151 characters": ("invalid_field", {"action_id": "ü" * 151}),
    "id that is a number": ("invalid_field", {"action_id": 7}),
    "id that is null": ("invalid_field", {"ripple_id": None}),
    "long note": ("invalid_field", {"note": "n" * 121}),
    "long bucket": ("invalid_field", {"bucket": "b" * 61}),
    "no actor": ("actor_missing", {"actor": None}),
}

_REFUSED_WEIGHTS: dict[str, Fields] = {
    "multiplier above 100": {"multiplier": 101},
    "negative multiplier": {"multiplier": -1},
    "half past": {"effective_from": "2026-10-31T12:30:00Z"},
    "no whole hour of UTC": {"effective_from": "2026-10-31T12:00:00+05:30"},
}


def junk(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    """One dead record of any kind."""
    name = random.choice(names(partitions))
    return junk_named(name, random, world, now, partitions)


def names(partitions: int) -> list[str]:
    """All kinds; no record can be in a wrong partition when there is only one."""
    special = [name for name in _SPECIAL if partitions > 1 or name != "wrong partition"]
    return [*BROKEN, *_REFUSED_ACTIONS, *_REFUSED_WEIGHTS, *special]


def junk_named(name: str, random: Random, world: World, now: datetime, partitions: int) -> Junk:
    """One dead record of this kind."""
    spoiler = Spoiler(random, partitions, key_of)
    if name in _SPECIAL:
        return _SPECIAL[name](spoiler, world, now)
    if name in _REFUSED_WEIGHTS:
        return spoiler.refused(name, "invalid_field", world.weight(now) | _REFUSED_WEIGHTS[name])
    if name in _REFUSED_ACTIONS:
        code, own = _REFUSED_ACTIONS[name]
        return spoiler.refused(name, code, world.action(now) | own)
    return spoiler.broken(name, world.action(now))


def _old_weight(spoiler: Spoiler, world: World, now: datetime) -> Junk:
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=40)
    event = world.weight(now) | {"effective_from": hour.isoformat()}
    return spoiler.refused("weight for 40 days ago", "invalid_field", event)


def _title(name: str, event_type: str, title: str | None) -> Callable[[Spoiler, World, datetime], Junk]:
    def make(spoiler: Spoiler, world: World, now: datetime) -> Junk:
        action = world.action(now)
        event = {field: action[field] for field in ("id", "v", "at", "actor", "wave_id")}
        return spoiler.refused(name, "invalid_field", event | {"type": event_type, "title": title})

    return make


def _points(spoiler: Spoiler, world: World, now: datetime) -> Junk:
    action = world.action(now)
    event = {field: action[field] for field in ("id", "v", "at", "actor", "wave_id", "ripple_id")}
    points = spoiler.random.choice((0, 1001, -1, "5", True, None))
    event |= {"type": "actions.ripple_boosted", "points": points}
    return spoiler.refused("points out of range", "invalid_field", event)


def _wrong_partition(spoiler: Spoiler, world: World, now: datetime) -> Junk:
    return spoiler.wrong_partition(spoiler.random.choice((world.action, world.weight))(now))


def _decision(name: str, code: str, own: Fields) -> Callable[[Spoiler, World, datetime], Junk]:
    def make(spoiler: Spoiler, world: World, now: datetime) -> Junk:
        end = now.replace(minute=0, second=0, microsecond=0)
        event: Fields = {"id": str(decision_id("actions.hour_closed", end, 0)), "v": 1, "at": end.isoformat()}
        event |= {"type": "actions.hour_closed", "hour": (end - timedelta(hours=1)).isoformat()}
        event |= {"part": 0, "parts": 1, "entries": [_CLOSED_RIPPLE]} | own
        return spoiler.refused(name, code, event)

    return make


_REQUIRED = ("id", "at", "ripple_id", "action_id", "bucket")
_SPECIAL: dict[str, Callable[[Spoiler, World, datetime], Junk]] = {
    "missing field": lambda spoiler, world, now: spoiler.missing_field(world.action(now), _REQUIRED),
    "years ahead": lambda spoiler, world, now: spoiler.ahead(world.action(now), now),
    "weight for 40 days ago": _old_weight,
    "title of 201 characters": _title("title of 201 characters", "actions.wave_created", "t" * 201),
    "empty title": _title("empty title", "actions.wave_created", ""),
    "title taken away": _title("title taken away", "actions.wave_changed", None),
    "points out of range": _points,
    "wrong partition": _wrong_partition,
    "copy for another": lambda spoiler, world, now: spoiler.foreign_copy(world.weight(now)),
    "copy of no reference event": lambda spoiler, world, now: spoiler.false_copy(world.action(now)),
    "type without its system": lambda spoiler, world, now: spoiler.bare_type(world.action(now)),
    "forged decision": _decision(
        "forged decision", "not_a_decision", {"id": "01938f7e-5c00-7a3b-9d2e-4f5061728394"}
    ),
    "decision with the id of another part": _decision(
        "decision with the id of another part", "not_a_decision", {"part": 1, "parts": 2}
    ),
    "part behind the last": _decision("part behind the last", "invalid_field", {"part": 1}),
    "decision about nothing": _decision("decision about nothing", "invalid_field", {"entries": []}),
    "decision of rank 0": _decision(
        "decision of rank 0", "invalid_field", {"entries": [_CLOSED_RIPPLE | {"rank": 0}]}
    ),
    "decision of another hour": _decision(
        "decision of another hour", "invalid_field", {"hour": "2026-01-01T00:00:00Z"}
    ),
}
