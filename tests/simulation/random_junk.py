"""Records that must not count: each breaks exactly one rule, and says which verdict it must get."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_closed_ripple import decision_id
from tests.simulation.random_json import written
from tests.simulation.random_world import Fields, World

VALUE_BYTES_MAX = 65_536
_BROKER_BYTES = 900_000
_YEARS_AHEAD_DAYS = 36_500
_DECISIONS_KEY = "decisions"
_CLOSED_RIPPLE: Fields = {"wave_id": "wave-0", "ripple_id": "ripple-0", "rank": 1, "score": 0.5} | {
    "actions_1h": 1, "actions_24h": 2, "participants": 1
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Junk:
    """A dead record: its value, the partition and headers to send it with, and the verdict it must get."""

    name: str
    verdict: str
    key: str
    value: bytes | None
    partition: int
    headers: tuple[tuple[str, bytes], ...] = ()


Bytes = Callable[[bytes], bytes | None]

# From the bytes of a valid action to bytes that cannot be read.
_BROKEN: dict[str, tuple[str, Bytes]] = {
    "tombstone": ("empty", lambda value: None),
    "empty value": ("empty", lambda value: b""),
    "cut off": ("not_json", lambda value: value[:-1]),
    "no JSON": ("not_json", lambda value: b"hello"),
    "two objects": ("not_json", lambda value: value + value),
    "byte order mark": ("not_json", lambda value: b"\xef\xbb\xbf" + value),
    "raw control character": ("not_json", lambda value: value.replace(b"junk-", b"junk\x01")),
    "raw NUL": ("not_json", lambda value: value.replace(b"junk-", b"junk\x00")),
    "Latin-1": ("not_utf8", lambda value: value.replace(b"junk-", b"\xfcber")),
    "array": ("not_an_object", lambda value: b"[" + value + b"]"),
    "text": ("not_an_object", lambda value: b'"actions.action_logged"'),
    "number": ("not_an_object", lambda value: b"12"),
    "null": ("not_an_object", lambda value: b"null"),
    "a byte over 64 KiB": ("too_large", lambda value: value.ljust(VALUE_BYTES_MAX + 1)),
    "as large as the broker takes": ("too_large", lambda value: b"x" * _BROKER_BYTES),
}

# From the fields of a valid action to fields that break a rule.
_REFUSED_ACTIONS: dict[str, tuple[str, Fields]] = {
    "unknown type": ("unknown_type", {"type": "actions.wave_exploded"}),
    "newer v": ("newer_version", {"v": 2}),
    "unknown field": ("unknown_field", {"colour": "red"}),
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
    "no zone": ("invalid_field", {"at": "2026-10-31T12:00:00"}),
    "year 9999": ("invalid_field", {"at": "9999-12-31T23:59:59Z"}),
    "year 9999, later in UTC": ("invalid_field", {"at": "9999-12-31T23:59:59-01:00"}),
    "year 1999": ("invalid_field", {"at": "1999-12-31T23:59:59Z"}),
    "a day that does not exist": ("invalid_field", {"at": "2026-02-30T12:00:00Z"}),
    "a time in words": ("invalid_field", {"at": "yesterday"}),
    "event id that is no UUID": ("invalid_field", {"id": "42"}),
    "unknown actor type": ("invalid_field", {"actor_type": "robot"}),
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
    return [*_BROKEN, *_REFUSED_ACTIONS, *_REFUSED_WEIGHTS, *special]


def junk_named(name: str, random: Random, world: World, now: datetime, partitions: int) -> Junk:
    """One dead record of this kind."""
    if name in _SPECIAL:
        return _SPECIAL[name](random, world, now, partitions)
    if name in _REFUSED_WEIGHTS:
        weight = world.weight(now) | _REFUSED_WEIGHTS[name]
        return _dead(name, "refused invalid_field", random, weight, partitions)
    action = world.action(now)
    if name in _REFUSED_ACTIONS:
        code, own = _REFUSED_ACTIONS[name]
        return _dead(name, f"refused {code}", random, action | own, partitions)
    code, spoil = _BROKEN[name]
    key = str(action["wave_id"])
    value = spoil(written(random, action))
    return Junk(name, f"broken {code}", key, value, partition_of_key(key, partitions))


def _dead(name: str, verdict: str, random: Random, event: Fields, partitions: int) -> Junk:
    key = str(event.get("wave_id") or event.get("bucket"))
    return Junk(name, verdict, key, written(random, event), partition_of_key(key, partitions))


def _other(random: Random, partition: int, partitions: int) -> int:
    return (partition + random.randint(1, max(1, partitions - 1))) % max(2, partitions)


def _missing_field(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    action = world.action(now)
    del action[random.choice(("id", "at", "ripple_id", "action_id", "bucket"))]
    return _dead("missing field", "refused missing_field", random, action, partitions)


def _at_ahead(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    ahead = now + timedelta(days=_YEARS_AHEAD_DAYS)
    event = world.action(now) | {"at": ahead.isoformat()}
    return _dead("years ahead", "refused at_ahead", random, event, partitions)


def _old_weight(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=40)
    event = world.weight(now) | {"effective_from": hour.isoformat()}
    return _dead("weight for 40 days ago", "refused invalid_field", random, event, partitions)


def _title(name: str, event_type: str, title: str | None) -> Callable[[Random, World, datetime, int], Junk]:
    def make(random: Random, world: World, now: datetime, partitions: int) -> Junk:
        action = world.action(now)
        event = {field: action[field] for field in ("id", "v", "at", "actor", "wave_id")}
        event |= {"type": event_type, "title": title}
        return _dead(name, "refused invalid_field", random, event, partitions)

    return make


def _points(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    action = world.action(now)
    event = {field: action[field] for field in ("id", "v", "at", "actor", "wave_id", "ripple_id")}
    event |= {"type": "actions.ripple_boosted", "points": random.choice((0, 1001, -1, "5", True, None))}
    return _dead("points out of range", "refused invalid_field", random, event, partitions)


def _wrong_partition(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    event = random.choice((world.action, world.weight))(now)
    right = _dead("wrong partition", "refused wrong_partition", random, event, partitions)
    partition = _other(random, right.partition, partitions)
    return Junk(right.name, right.verdict, right.key, right.value, partition)


def _foreign_copy(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    made = _dead("copy for another", "refused wrong_partition", random, world.weight(now), partitions)
    other = str(_other(random, made.partition, partitions)).encode()
    header = random.choice((other, b"", b"all", b"-1"))
    headers = (("groundswell-copy", header),)
    return Junk(made.name, made.verdict, made.key, made.value, made.partition, headers)


def _copied_action(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    made = _dead("copy of an action", "refused wrong_partition", random, world.action(now), partitions)
    headers = (("groundswell-copy", str(made.partition).encode()),)
    return Junk(made.name, made.verdict, made.key, made.value, made.partition, headers)


def _decision(name: str, verdict: str, own: Fields) -> Callable[[Random, World, datetime, int], Junk]:
    """Somebody who is not the engine closes an hour."""

    def make(random: Random, world: World, now: datetime, partitions: int) -> Junk:
        end = now.replace(minute=0, second=0, microsecond=0)
        event: Fields = {"id": str(decision_id("actions.hour_closed", end, 0)), "v": 1, "at": end.isoformat()}
        event |= {"type": "actions.hour_closed", "hour": (end - timedelta(hours=1)).isoformat()}
        event |= {"part": 0, "parts": 1, "entries": [_CLOSED_RIPPLE]} | own
        partition = partition_of_key(_DECISIONS_KEY, partitions)
        return Junk(name, verdict, _DECISIONS_KEY, written(random, event), partition)

    return make


def _bare_type(random: Random, world: World, now: datetime, partitions: int) -> Junk:
    event = world.action(now) | {"type": "action_logged"}
    return _dead("type without its system", "refused unknown_type", random, event, partitions)


_SPECIAL: dict[str, Callable[[Random, World, datetime, int], Junk]] = {
    "missing field": _missing_field,
    "years ahead": _at_ahead,
    "weight for 40 days ago": _old_weight,
    "title of 201 characters": _title("title of 201 characters", "actions.wave_created", "t" * 201),
    "empty title": _title("empty title", "actions.wave_created", ""),
    "title taken away": _title("title taken away", "actions.wave_changed", None),
    "points out of range": _points,
    "wrong partition": _wrong_partition,
    "copy for another": _foreign_copy,
    "copy of an action": _copied_action,
    "type without its system": _bare_type,
    "forged decision": _decision(
        "forged decision", "refused not_a_decision", {"id": "01938f7e-5c00-7a3b-9d2e-4f5061728394"}
    ),
    "decision with the id of another part": _decision(
        "decision with the id of another part", "refused not_a_decision", {"part": 1, "parts": 2}
    ),
    "part behind the last": _decision("part behind the last", "refused invalid_field", {"part": 1}),
    "decision about nothing": _decision("decision about nothing", "refused invalid_field", {"entries": []}),
    "decision of rank 0": _decision(
        "decision of rank 0", "refused invalid_field", {"entries": [_CLOSED_RIPPLE | {"rank": 0}]}
    ),
    "decision of another hour": _decision(
        "decision of another hour", "refused invalid_field", {"hour": "2026-01-01T00:00:00Z"}
    ),
}
