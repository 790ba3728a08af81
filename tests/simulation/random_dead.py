"""Records that must not count, whatever the system: each breaks exactly one rule, and says its verdict.

A `Spoiler` makes them of a system's own valid events; what only one system refuses is in its module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_envelope import COPY_HEADER, VALUE_BYTES_MAX
from tests.simulation.random_json import Fields, written

Bytes = Callable[[bytes], bytes | None]

_BROKER_BYTES: Final = 900_000
_YEARS_AHEAD_DAYS: Final = 36_500
JUNK_ID: Final = "junk-"
"""How an id in a valid event begins, so that its bytes can be found and spoilt."""
_JUNK_BYTES: Final = JUNK_ID.encode()


@dataclass(frozen=True, slots=True)
class Junk:
    """A dead record: its value, the partition and headers to send it with, and the verdict it must get."""

    name: str
    verdict: str
    key: str
    value: bytes | None
    partition: int
    headers: tuple[tuple[str, bytes], ...] = ()


# From the bytes of a valid event to bytes that cannot be read.
BROKEN: Final[dict[str, tuple[str, Bytes]]] = {
    "tombstone": ("empty", lambda value: None),
    "empty value": ("empty", lambda value: b""),
    "cut off": ("not_json", lambda value: value[:-1]),
    "no JSON": ("not_json", lambda value: b"hello"),
    "two objects": ("not_json", lambda value: value + value),
    "byte order mark": ("not_json", lambda value: b"\xef\xbb\xbf" + value),
    "raw control character": ("not_json", lambda value: value.replace(_JUNK_BYTES, b"junk\x01")),
    "raw NUL": ("not_json", lambda value: value.replace(_JUNK_BYTES, b"junk\x00")),
    "Latin-1": ("not_utf8", lambda value: value.replace(_JUNK_BYTES, b"\xfcber")),
    "array": ("not_an_object", lambda value: b"[" + value + b"]"),
    "text": ("not_an_object", lambda value: b'"some text"'),
    "number": ("not_an_object", lambda value: b"12"),
    "null": ("not_an_object", lambda value: b"null"),
    "a byte over 64 KiB": ("too_large", lambda value: value.ljust(VALUE_BYTES_MAX + 1)),
    "as large as the broker takes": ("too_large", lambda value: b"x" * _BROKER_BYTES),
}

Refused = Mapping[str, tuple[str, Fields]]
"""By kind: the code of its refusal, and the fields put over a valid event's."""
Made = Callable[[datetime], Fields]
"""A valid event that happens now."""

# From the fields of any valid event to fields that break a rule of the envelope.
REFUSED_ENVELOPES: Final[Refused] = {
    "newer v": ("newer_version", {"v": 2}),
    "unknown field": ("unknown_field", {"colour": "red"}),
    "no zone": ("invalid_field", {"at": "2026-10-31T12:00:00"}),
    "year 9999": ("invalid_field", {"at": "9999-12-31T23:59:59Z"}),
    "year 9999, later in UTC": ("invalid_field", {"at": "9999-12-31T23:59:59-01:00"}),
    "year 1999": ("invalid_field", {"at": "1999-12-31T23:59:59Z"}),
    "a day that does not exist": ("invalid_field", {"at": "2026-02-30T12:00:00Z"}),
    "a time in words": ("invalid_field", {"at": "yesterday"}),
    "event id that is no UUID": ("invalid_field", {"id": "42"}),
    "unknown actor type": ("invalid_field", {"actor_type": "robot"}),
}


@dataclass(frozen=True, slots=True)
class Spoiler:
    """Makes junk of a system's events; `key_of` says which key an event belongs to."""

    random: Random
    partitions: int
    key_of: Callable[[Fields], str]

    def refused(self, name: str, code: str, event: Fields) -> Junk:
        """An event that can be read and breaks a rule."""
        key = self.key_of(event)
        partition = partition_of_key(key, self.partitions)
        return Junk(name, f"refused {code}", key, written(self.random, event), partition)

    def broken(self, name: str, event: Fields) -> Junk:
        """One of `BROKEN`, made of a valid event with a `JUNK_ID` in it."""
        code, spoil = BROKEN[name]
        made = self.refused(name, code, event)
        assert made.value is not None
        return Junk(name, f"broken {code}", made.key, spoil(made.value), made.partition)

    def missing_field(self, event: Fields, names: Sequence[str]) -> Junk:
        """Without one of these fields, all of which it must have."""
        kept = {**event}
        del kept[self.random.choice(names)]
        return self.refused("missing field", "missing_field", kept)

    def ahead(self, event: Fields, now: datetime) -> Junk:
        """An event of years to come."""
        at = now + timedelta(days=_YEARS_AHEAD_DAYS)
        return self.refused("years ahead", "at_ahead", event | {"at": at.isoformat()})

    def bare_type(self, event: Fields) -> Junk:
        """An event whose type does not name its system."""
        bare = str(event["type"]).partition(".")[2]
        return self.refused("type without its system", "unknown_type", event | {"type": bare})

    def wrong_partition(self, event: Fields) -> Junk:
        """A valid event where its key does not belong."""
        right = self.refused("wrong partition", "wrong_partition", event)
        return Junk(right.name, right.verdict, right.key, right.value, self._other(right.partition))

    def foreign_copy(self, event: Fields) -> Junk:
        """A reference event as a copy for another partition than the one it lies in."""
        made = self.refused("copy for another", "wrong_partition", event)
        other = str(self._other(made.partition)).encode()
        return _as_copy(made, self.random.choice((other, b"", b"all", b"-1")))

    def false_copy(self, event: Fields) -> Junk:
        """A copy of an event of which there are none."""
        made = self.refused("copy of no reference event", "wrong_partition", event)
        return _as_copy(made, str(made.partition).encode())

    def _other(self, partition: int) -> int:
        ahead = self.random.randint(1, max(1, self.partitions - 1))
        return (partition + ahead) % max(2, self.partitions)


def _as_copy(made: Junk, header: bytes) -> Junk:
    headers = ((COPY_HEADER, header),)
    return Junk(made.name, made.verdict, made.key, made.value, made.partition, headers)


class JunkMaker:
    """Makes the junk of a system: every kind there is, of its own valid events."""

    def __init__(
        self,
        random: Random,
        key_of: Callable[[Fields], str],
        valid: Made,
        required: Sequence[str],
        refused: Sequence[tuple[Made, Refused]],
    ) -> None:
        """`valid` makes an event with a `JUNK_ID` in it that must have the `required` fields; `refused` are
        the events that the system's own rules are broken with, and how."""
        self._random = random
        self._key_of = key_of
        self._valid = valid
        self._required = required
        self._refused = {
            name: (made, code, own)
            for made, kinds in ((valid, REFUSED_ENVELOPES), *refused)
            for name, (code, own) in kinds.items()
        }

    def names(self, partitions: int) -> list[str]:
        """All kinds; no record can be in a wrong partition when there is only one."""
        special = [name for name in _SPECIAL if partitions > 1 or name != "wrong partition"]
        return [*BROKEN, *self._refused, "missing field", *special]

    def any(self, now: datetime, partitions: int) -> Junk:
        """One dead record of any kind."""
        return self.named(self._random.choice(self.names(partitions)), now, partitions)

    def named(self, name: str, now: datetime, partitions: int) -> Junk:
        """One dead record of this kind."""
        spoiler = Spoiler(self._random, partitions, self._key_of)
        if name in self._refused:
            made, code, own = self._refused[name]
            return spoiler.refused(name, code, made(now) | own)
        if name == "missing field":
            return spoiler.missing_field(self._valid(now), self._required)
        if name in _SPECIAL:
            return _SPECIAL[name](spoiler, self._valid(now), now)
        return spoiler.broken(name, self._valid(now))


_SPECIAL: Final[dict[str, Callable[[Spoiler, Fields, datetime], Junk]]] = {
    "years ahead": lambda spoiler, event, now: spoiler.ahead(event, now),
    "wrong partition": lambda spoiler, event, now: spoiler.wrong_partition(event),
    "copy of no reference event": lambda spoiler, event, now: spoiler.false_copy(event),
    "type without its system": lambda spoiler, event, now: spoiler.bare_type(event),
}
