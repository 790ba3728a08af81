"""What every system's records have in common, for the oracles: the JSON, the envelope, the record's place.

A system's oracle names its types and the checks of their fields; nothing here knows one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, NoReturn
from uuid import UUID, uuid5

from tests.simulation import oracle_fields as fields
from tests.simulation.murmur2 import partition_of_key

VALUE_BYTES_MAX: Final = 65_536
AHEAD_MAX: Final = timedelta(minutes=5)
COPY_HEADER: Final = "groundswell-copy"
DECISIONS_KEY: Final = "decisions"
PARTS_MAX: Final = 1_000
HOUR: Final = timedelta(hours=1)
VERSION: Final = 1
_INTEGER_CHARACTERS_MAX: Final = 40
_DECISIONS: Final = UUID("6f6dbb7c-4d9e-4a33-9a2f-2b9f9a4c7f10")

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


class Dead(Exception):
    """The record counts nothing; `code` says which rule it breaks, `reason` the field and the value."""

    def __init__(self, kind: Kind, code: str, reason: str) -> None:
        super().__init__(f"{kind}, {code}: {reason}")
        self.kind: Kind = kind
        self.code = code


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold, and whether it may be left out or be null."""

    check: fields.Check
    required: bool = True
    nullable: bool = False


def optional(check: fields.Check) -> Field:
    """A field that may be left out, and null is a way to do so."""
    return Field(check, required=False, nullable=True)


def left_out_or(check: fields.Check) -> Field:
    """A field that may be left out, but not be null."""
    return Field(check, required=False)


def object_of(rules: Mapping[str, Field]) -> fields.Check:
    """The check of an object with these fields and no others."""

    def checked(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise fields.FieldRefused(f"must be an object, got {value!r:.80}")
        if unknown := value.keys() - rules.keys():
            raise fields.FieldRefused(f"has the fields {unknown!r:.80}", "unknown_field")
        if missing := {name for name, rule in rules.items() if rule.required} - value.keys():
            raise fields.FieldRefused(f"lacks the fields {missing}", "missing_field")
        return {
            name: None if inner is None and rules[name].nullable else rules[name].check(inner)
            for name, inner in value.items()
        }

    return checked


ENVELOPE: Final = {
    "id": Field(fields.event_id),
    "type": Field(fields.text_of(1, 100)),
    "v": Field(fields.whole_number_between(1, VERSION)),
    "at": Field(fields.instant),
    "actor": optional(fields.identifier),
    "actor_type": left_out_or(fields.one_of(*fields.ACTOR_TYPES)),
    "session": optional(fields.identifier),
}
DECISION: Final = {
    "part": Field(fields.whole_number_between(0, PARTS_MAX - 1)),
    "parts": Field(fields.whole_number_between(1, PARTS_MAX)),
}


def decision_id(type_name: str, nominal_time: datetime, part: int) -> UUID:
    """The id of one part of a decision: version 5, from what is decided and as of when."""
    return uuid5(_DECISIONS, f"{type_name}:{nominal_time.astimezone(UTC).isoformat()}:{part}")


def check_decision(fields_by_name: Mapping[str, Any]) -> None:
    """A decision's own rules over several fields; one that names an `hour` is made at its end."""
    at, part = fields_by_name["at"], fields_by_name["part"]
    if part >= fields_by_name["parts"]:
        raise Dead("refused", "invalid_field", f"part {part} of {fields_by_name['parts']}")
    hour = fields_by_name.get("hour")
    if hour is not None and at != hour + HOUR:
        raise Dead("refused", "invalid_field", f"hour {hour} does not end at {at}")


def check_decided(type_name: str, identity: UUID, at: datetime, part: int) -> None:
    """A decision that the engine made has the id of what it decides."""
    if identity != decision_id(type_name, at, part):
        raise Dead("refused", "not_a_decision", f"{identity} is not the id of part {part} of {at}")


def check_place(record: LogRecord, key: str, at: datetime, is_reference: bool, partitions: int) -> bool:
    """Whether the record is a partition's copy; raises `Dead` when it lies or was appended where it must not.

    `key` is what the event says decides its partition.
    """
    headers = [value for name, value in record.headers if name == COPY_HEADER]
    if headers:
        if not is_reference or any(value != b"%d" % record.partition for value in headers):
            raise Dead("refused", "wrong_partition", f"{headers} is no copy for {record.partition}")
    elif record.partition != partition_of_key(key, partitions):
        raise Dead("refused", "wrong_partition", f"{key!r} does not belong to {record.partition}")
    appended = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=record.timestamp_ms)
    if at - appended > AHEAD_MAX:
        raise Dead("refused", "at_ahead", f"at {at} is too far ahead of {appended}")
    return bool(headers)


def checked_fields(value: bytes | None, types: Mapping[str, Mapping[str, Field]]) -> dict[str, Any]:
    """The fields of the event in a record's value that were given, each checked; raises `Dead`.

    `types` are the fields of each type, those of the envelope among them.
    """
    raw = _json_object(value)
    name = raw.get("type")
    if not isinstance(name, str) or name not in types:
        raise Dead("refused", "unknown_type", f"type {name!r:.80}")
    version = raw.get("v")
    if isinstance(version, int) and version > VERSION:
        raise Dead("refused", "newer_version", f"v {version} is newer than {VERSION}")
    return _parsed(raw, types[name])


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


def _parsed(raw: Mapping[str, object], rules: Mapping[str, Field]) -> dict[str, Any]:
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
            raise Dead("refused", refused.code, f"{field} {refused}") from refused
    return parsed
