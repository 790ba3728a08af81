"""From a raw record to a typed event or to the reason why it is dead, for the oracle.

Decides what one record says by itself; what depends on the records before it is in `oracle_verdicts`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NoReturn
from uuid import UUID

from tests.simulation import oracle_fields as fields
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_closed_ripple import ClosedRipple, closed_ripples, decision_id

VALUE_BYTES_MAX = 65_536
AHEAD_MAX = timedelta(minutes=5)
WEIGHT_BACK_MAX = timedelta(days=31)
WEIGHT_AHEAD_MAX = timedelta(days=366)
COPY_HEADER = "groundswell-copy"
DECISIONS_KEY = "decisions"
PARTS_MAX = 1_000
HOUR = timedelta(hours=1)
VERSION = 1
_INTEGER_CHARACTERS_MAX = 40

Kind = Literal["broken", "refused"]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record as the log holds it; `timestamp_ms` is its append time in milliseconds since 1970."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A valid event of system 1. A field that its type does not have keeps its default; `given` tells."""

    id: UUID
    type: str
    at: datetime
    given: frozenset[str]
    actor: str | None = None
    wave_id: str = ""
    ripple_id: str = ""
    action_id: str = ""
    title: str | None = None
    allowed_buckets: tuple[str, ...] | None = None
    category: str | None = None
    what_we_count: str | None = None
    bucket: str = ""
    quantity: Decimal | None = None
    unit: str | None = None
    note: str | None = None
    points: int = 0
    multiplier: Decimal = Decimal(1)
    effective_from: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    hour: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    part: int = 0
    parts: int = 1
    entries: tuple[ClosedRipple, ...] = ()

    @property
    def is_reference(self) -> bool:
        """Whether every partition gets a copy of it."""
        return self.type == "actions.bucket_weight_set"

    @property
    def is_decision(self) -> bool:
        """Whether the engine itself decided it."""
        return self.type == "actions.hour_closed"

    @property
    def is_of_wave(self) -> bool:
        """Whether it happened in a wave."""
        return not self.is_reference and not self.is_decision

    @property
    def ripple(self) -> tuple[str, str]:
        """The ripple with its wave; the ripple is empty where only a wave is named."""
        return self.wave_id, self.ripple_id

    @property
    def key(self) -> str:
        """What decides the partition of the original."""
        if self.is_decision:
            return DECISIONS_KEY
        return self.bucket if self.is_reference else self.wave_id


class Dead(Exception):
    """The record counts nothing; `code` says which rule it breaks, `reason` the field and the value."""

    def __init__(self, kind: Kind, code: str, reason: str) -> None:
        super().__init__(f"{kind}, {code}: {reason}")
        self.kind: Kind = kind
        self.code = code


@dataclass(frozen=True, slots=True)
class _Field:
    check: fields.Check
    required: bool = True
    nullable: bool = False


def _optional(check: fields.Check) -> _Field:
    return _Field(check, required=False, nullable=True)


_ENVELOPE = {
    "id": _Field(fields.event_id),
    "type": _Field(fields.text_of(1, 100)),
    "v": _Field(fields.whole_number_between(1, VERSION)),
    "at": _Field(fields.instant),
    "actor": _optional(fields.identifier),
    "actor_type": _Field(fields.one_of(*fields.ACTOR_TYPES), required=False),
    "session": _optional(fields.identifier),
}
_WAVE = {"wave_id": _Field(fields.identifier)}
_RIPPLE = _WAVE | {"ripple_id": _Field(fields.identifier)}
_ACTION = _RIPPLE | {"action_id": _Field(fields.identifier)}
_TITLE = fields.text_of(1, 200)
_WAVE_DETAILS = {
    "allowed_buckets": _optional(fields.allowed_buckets),
    "category": _optional(fields.one_of(*fields.CATEGORIES)),
    "what_we_count": _optional(fields.text_of(0, 500)),
}
_OWN_FIELDS: dict[str, dict[str, _Field]] = {
    "actions.wave_created": _WAVE | {"title": _Field(_TITLE)} | _WAVE_DETAILS,
    "actions.wave_changed": _WAVE | {"title": _Field(_TITLE, required=False)} | _WAVE_DETAILS,
    "actions.wave_deleted": _WAVE,
    "actions.ripple_created": _RIPPLE | {"title": _Field(_TITLE)},
    "actions.ripple_changed": _RIPPLE | {"title": _Field(_TITLE)},
    "actions.ripple_deleted": _RIPPLE,
    "actions.ripple_joined": _RIPPLE,
    "actions.ripple_left": _RIPPLE,
    "actions.action_logged": _ACTION
    | {
        "bucket": _Field(fields.bucket),
        "quantity": _optional(fields.decimal_between(Decimal(0), None)),
        "unit": _optional(fields.text_of(0, 60)),
        "note": _optional(fields.text_of(0, 120)),
    },
    "actions.action_retracted": _ACTION,
    "actions.ripple_boosted": _RIPPLE | {"points": _Field(fields.whole_number_between(1, 1000))},
    "actions.bucket_weight_set": {
        "bucket": _Field(fields.bucket),
        "multiplier": _Field(fields.decimal_between(Decimal(0), Decimal(100))),
        "effective_from": _Field(fields.whole_hour),
    },
    "actions.hour_closed": {
        "hour": _Field(fields.whole_hour),
        "part": _Field(fields.whole_number_between(0, PARTS_MAX - 1)),
        "parts": _Field(fields.whole_number_between(1, PARTS_MAX)),
        "entries": _Field(closed_ripples),
    },
}
_TYPES = {name: _ENVELOPE | own for name, own in _OWN_FIELDS.items()}
_NEED_ACTOR = ("actions.ripple_joined", "actions.ripple_left", "actions.action_logged")


def read(record: LogRecord, partitions: int) -> tuple[Event, bool]:
    """The record's event, and whether it is a partition's copy of a reference event; raises `Dead`."""
    event = _event(_json_object(record.value))
    headers = [value for name, value in record.headers if name == COPY_HEADER]
    if headers:
        if not event.is_reference or any(value != b"%d" % record.partition for value in headers):
            raise Dead("refused", "wrong_partition", f"{headers} is no copy for {record.partition}")
    elif record.partition != partition_of_key(event.key, partitions):
        raise Dead("refused", "wrong_partition", f"{event.key!r} does not belong to {record.partition}")
    appended = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=record.timestamp_ms)
    if event.at - appended > AHEAD_MAX:
        raise Dead("refused", "at_ahead", f"at {event.at} is too far ahead of {appended}")
    return event, bool(headers)


def _json_object(value: bytes | None) -> dict[str, object]:
    if not value:
        raise Dead("broken", "empty", "the value is empty")
    if len(value) > VALUE_BYTES_MAX:
        raise Dead("broken", "too_large", f"the value has {len(value)} bytes, at most {VALUE_BYTES_MAX}")
    try:
        parsed = json.loads(
            value.decode(), parse_float=Decimal, parse_int=_integer, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise Dead("broken", "not_utf8", str(error)) from error
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise Dead("broken", "not_json", str(error)) from error
    if not isinstance(parsed, dict):
        raise Dead("broken", "not_an_object", f"the value is a {type(parsed).__name__}")
    return parsed


def _integer(digits: str) -> int | Decimal:
    """Python refuses to read integers of thousands of digits; as a decimal they break the field's range."""
    return int(digits) if len(digits) <= _INTEGER_CHARACTERS_MAX else Decimal(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _event(raw: dict[str, object]) -> Event:
    name = raw.get("type")
    if not isinstance(name, str) or name not in _TYPES:
        raise Dead("refused", "unknown_type", f"type {name!r:.80}")
    version = raw.get("v")
    if isinstance(version, int) and version > VERSION:
        raise Dead("refused", "newer_version", f"v {version} is newer than {VERSION}")
    parsed = _parsed(raw, _TYPES[name])
    if name in _NEED_ACTOR and parsed.get("actor") is None:
        raise Dead("refused", "actor_missing", f"{name} needs an actor")
    parsed = {field: value for field, value in parsed.items() if field not in ("v", "actor_type", "session")}
    event = Event(**parsed, given=frozenset(raw))
    _check_fields_together(event)
    return event


def _check_fields_together(event: Event) -> None:
    if event.is_reference and not -WEIGHT_BACK_MAX <= event.effective_from - event.at <= WEIGHT_AHEAD_MAX:
        raise Dead("refused", "invalid_field", f"effective_from {event.effective_from} against {event.at}")
    if event.part >= event.parts:
        raise Dead("refused", "invalid_field", f"part {event.part} of {event.parts}")
    if event.is_decision and event.at != event.hour + HOUR:
        raise Dead("refused", "invalid_field", f"hour {event.hour} does not end at {event.at}")
    if event.is_decision and event.id != decision_id(event.type, event.at, event.part):
        raise Dead(
            "refused", "not_a_decision", f"{event.id} is not the id of part {event.part} of {event.at}"
        )


def _parsed(raw: Mapping[str, object], rules: Mapping[str, _Field]) -> dict[str, Any]:
    for field in raw:
        if field not in rules:
            raise Dead("refused", "unknown_field", f"{field!r:.80}")
    parsed: dict[str, Any] = {}
    for field, rule in rules.items():
        if field not in raw:
            if rule.required:
                raise Dead("refused", "missing_field", field)
            continue
        if raw[field] is None and rule.nullable:
            parsed[field] = None
            continue
        try:
            parsed[field] = rule.check(raw[field])
        except fields.FieldRefused as refused:
            raise Dead("refused", "invalid_field", f"{field} {refused}") from refused
    return parsed
