"""Events as JSON text, as many different producers write it: escapes, spaces, order and zones vary."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from uuid import UUID

Fields = dict[str, object]
"""An event as its JSON object has it; a Decimal stands for a number."""

_ZONES_MINUTES = (0, 60, 330, -480, 840)


def random_uuid(random: Random) -> str:
    """A UUID of version 7's form; its bits come from the seed, not from a clock."""
    return str(UUID(int=random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)))


def written_instant(random: Random, moment: datetime) -> str:
    """The moment in RFC 3339, mostly with Z, sometimes in another zone."""
    if random.random() < 0.8:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    zone = timezone(timedelta(minutes=random.choice(_ZONES_MINUTES)))
    return moment.astimezone(zone).isoformat()


def written(random: Random, event: Mapping[str, object]) -> bytes:
    """The event as one JSON object; a Decimal becomes a number, written in digits or with an exponent."""
    ascii_only = random.random() < 0.5
    marks = random.choice(((",", ":"), (", ", ": "), (" ,\n ", " :\t")))
    return _Writer(random, ascii_only, *marks).written(event).encode()


class _Writer:
    def __init__(self, random: Random, ascii_only: bool, comma: str, colon: str) -> None:
        self._random = random
        self._ascii_only = ascii_only
        self._comma = comma
        self._colon = colon

    def written(self, fields: Mapping[str, object]) -> str:
        names = list(fields)
        self._random.shuffle(names)
        pairs = (f"{json.dumps(name)}{self._colon}{self._value(fields[name])}" for name in names)
        return "{" + self._comma.join(pairs) + "}"

    def _value(self, value: object) -> str:
        if isinstance(value, Decimal):
            return str(value) if self._random.random() < 0.7 else f"{value:E}"
        if isinstance(value, Mapping):
            return self.written(value)
        if isinstance(value, list):
            return "[" + self._comma.join(map(self._value, value)) + "]"
        return json.dumps(value, ensure_ascii=self._ascii_only)
