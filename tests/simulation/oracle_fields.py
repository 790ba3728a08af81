"""Checks of single fields for the oracle, from the specification; nothing is borrowed from `events`."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

IDENTIFIER_BYTES_MAX = 300
DECIMAL_WHOLE_DIGITS_MAX = 12
DECIMAL_PLACES_MAX = 6
ALLOWED_BUCKETS_MAX = 100
BUCKET_CHARACTERS_MAX = 60
YEAR_FIRST = 2000
YEAR_AFTER_LAST = 9000
COUNTER_MAX = 2**63 - 1

CATEGORIES = ("community", "environment", "workers")
ACTOR_TYPES = ("user", "student", "creator", "admin", "system")

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CONTROL_OR_SURROGATE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)

Check = Callable[[object], object]


class FieldRefused(Exception):
    """A field breaks its rule; the message names the rule and the value, the producer must mend the value."""

    def __init__(self, reason: str, code: str = "invalid_field") -> None:
        super().__init__(reason)
        self.code = code


def text(value: object, fewest: int, most: int) -> str:
    """A text of so many characters (code points), without control characters and lone surrogates."""
    if not isinstance(value, str):
        raise FieldRefused(f"must be a text, got {value!r:.80}")
    if not fewest <= len(value) <= most:
        raise FieldRefused(f"must have {fewest} to {most} characters, has {len(value)}")
    if _CONTROL_OR_SURROGATE.search(value):
        raise FieldRefused(f"holds a control character or a lone surrogate: {value!r:.80}")
    return value


def text_of(fewest: int, most: int) -> Check:
    """The check of a text with these limits in characters."""
    return lambda value: text(value, fewest, most)


def identifier(value: object) -> str:
    """An id of 1 to 300 bytes of UTF-8."""
    checked = text(value, 1, IDENTIFIER_BYTES_MAX)
    if len(checked.encode()) > IDENTIFIER_BYTES_MAX:
        raise FieldRefused(f"has more than {IDENTIFIER_BYTES_MAX} bytes: {checked!r:.80}")
    return checked


def bucket(value: object) -> str:
    """The name of a bucket, an id of at most 60 characters."""
    return identifier(text(value, 1, BUCKET_CHARACTERS_MAX))


def allowed_buckets(value: object) -> tuple[str, ...]:
    """The buckets that a wave allows: 1 to 100 different names."""
    if not isinstance(value, list) or not 1 <= len(value) <= ALLOWED_BUCKETS_MAX:
        raise FieldRefused(f"must be a list of 1 to {ALLOWED_BUCKETS_MAX} names, got {value!r:.80}")
    names = tuple(bucket(name) for name in value)
    if len(set(names)) < len(names):
        raise FieldRefused(f"names a bucket twice: {value!r:.80}")
    return names


def one_of(*choices: str) -> Check:
    """The check of a text that must be one of the choices."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise FieldRefused(f"must be one of {choices}, got {value!r:.80}")
        return value

    return check


def decimal_between(least: Decimal, most: Decimal | None) -> Check:
    """The check of an exact decimal, a JSON number, of 12 digits before and 6 after the point."""

    def check(value: object) -> Decimal:
        number = _number(value)
        if number < least or (most is not None and number > most):
            raise FieldRefused(f"must be from {least} to {most}, got {number}")
        exponent = number.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -DECIMAL_PLACES_MAX:
            raise FieldRefused(f"has more than {DECIMAL_PLACES_MAX} digits after the point: {number}")
        if number.adjusted() >= DECIMAL_WHOLE_DIGITS_MAX:
            raise FieldRefused(f"has more than {DECIMAL_WHOLE_DIGITS_MAX} digits before the point: {number}")
        return number

    return check


def _number(value: object) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    raise FieldRefused(f"must be a decimal, got {value!r:.80}")


def whole_number_between(least: int, most: int) -> Check:
    """The check of a JSON integer."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise FieldRefused(f"must be a whole number from {least} to {most}, got {value!r:.80}")
        return value

    return check


def signed_decimal(value: object) -> Decimal:
    """A decimal of any size."""
    return _number(value)


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise FieldRefused(f"must be true or false, got {value!r:.80}")
    return value


def list_of(check: Check, most: int, fewest: int = 0) -> Check:
    """The check of a list of so many different entries."""

    def checked(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            raise FieldRefused(f"must be a list of {fewest} to {most}, got {value!r:.80}")
        entries = tuple(check(entry) for entry in value)
        if any(entry in entries[:place] for place, entry in enumerate(entries)):
            raise FieldRefused(f"names an entry twice: {value!r:.80}")
        return entries

    return checked


def event_id(value: object) -> UUID:
    """A UUID with its hyphens; capitals are the same id."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise FieldRefused(f"must be a UUID, got {value!r:.80}")
    return UUID(value)


def instant(value: object) -> datetime:
    """RFC 3339 with zone, turned to UTC; digits below the microsecond are cut off."""
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise FieldRefused(f"must be a time of RFC 3339 with its zone, got {value!r:.80}")
    fraction = int(((found[7] or "") + "000000")[:6])
    try:
        zone = UTC
        if found[9]:
            offset = timedelta(hours=int(found[10]), minutes=int(found[11]))
            zone = timezone(offset if found[9] == "+" else -offset)
        year, month, day, hour, minute, second = (int(found[part]) for part in range(1, 7))
        moment = datetime(year, month, day, hour, minute, second, fraction, zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldRefused(f"is not a time that exists: {value!r:.80}") from error
    if not YEAR_FIRST <= moment.year < YEAR_AFTER_LAST:
        raise FieldRefused(f"must lie in the years {YEAR_FIRST} to {YEAR_AFTER_LAST - 1}, got {value!r:.80}")
    return moment


def whole_hour(value: object) -> datetime:
    """A whole hour of UTC."""
    moment = instant(value)
    if moment.minute or moment.second or moment.microsecond:
        raise FieldRefused(f"must be a whole hour of UTC, got {value!r:.80}")
    return moment
