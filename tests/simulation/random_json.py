"""Events as JSON text, as many different producers write it: escapes, spaces, order and zones vary."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from uuid import UUID

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
    names = list(event)
    random.shuffle(names)
    ascii_only = random.random() < 0.5
    comma, colon = random.choice(((",", ":"), (", ", ": "), (" ,\n ", " :\t")))
    fields = (f"{json.dumps(name)}{colon}{_token(random, event[name], ascii_only)}" for name in names)
    return ("{" + comma.join(fields) + "}").encode()


def _token(random: Random, value: object, ascii_only: bool) -> str:
    if isinstance(value, Decimal):
        return str(value) if random.random() < 0.7 else f"{value:E}"
    return json.dumps(value, ensure_ascii=ascii_only)
