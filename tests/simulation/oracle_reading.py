"""From a raw record to a typed event or to the reason why it is dead, for the oracle.

Decides what one record says by itself; what depends on the records before it is in `oracle_verdicts`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.simulation import oracle_fields as fields
from tests.simulation.oracle_closed_ripple import ClosedRipple, closed_ripples
from tests.simulation.oracle_envelope import (
    DECISION,
    DECISIONS_KEY,
    ENVELOPE,
    Dead,
    Field,
    LogRecord,
    check_decision,
    check_place,
    checked_fields,
    left_out_or,
    optional,
)

WEIGHT_BACK_MAX = timedelta(days=31)
WEIGHT_AHEAD_MAX = timedelta(days=366)


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


_WAVE = {"wave_id": Field(fields.identifier)}
_RIPPLE = _WAVE | {"ripple_id": Field(fields.identifier)}
_ACTION = _RIPPLE | {"action_id": Field(fields.identifier)}
_TITLE = fields.text_of(1, 200)
_WAVE_DETAILS = {
    "allowed_buckets": optional(fields.allowed_buckets),
    "category": optional(fields.one_of(*fields.CATEGORIES)),
    "what_we_count": optional(fields.text_of(0, 500)),
}
_OWN_FIELDS: dict[str, dict[str, Field]] = {
    "actions.wave_created": _WAVE | {"title": Field(_TITLE)} | _WAVE_DETAILS,
    "actions.wave_changed": _WAVE | {"title": left_out_or(_TITLE)} | _WAVE_DETAILS,
    "actions.wave_deleted": _WAVE,
    "actions.ripple_created": _RIPPLE | {"title": Field(_TITLE)},
    "actions.ripple_changed": _RIPPLE | {"title": Field(_TITLE)},
    "actions.ripple_deleted": _RIPPLE,
    "actions.ripple_joined": _RIPPLE,
    "actions.ripple_left": _RIPPLE,
    "actions.action_logged": _ACTION
    | {
        "bucket": Field(fields.bucket),
        "quantity": optional(fields.decimal_between(Decimal(0), None)),
        "unit": optional(fields.text_of(0, 60)),
        "note": optional(fields.text_of(0, 120)),
    },
    "actions.action_retracted": _ACTION,
    "actions.ripple_boosted": _RIPPLE | {"points": Field(fields.whole_number_between(1, 1000))},
    "actions.bucket_weight_set": {
        "bucket": Field(fields.bucket),
        "multiplier": Field(fields.decimal_between(Decimal(0), Decimal(100))),
        "effective_from": Field(fields.whole_hour),
    },
    "actions.hour_closed": {
        "hour": Field(fields.whole_hour),
        "entries": Field(closed_ripples),
    }
    | DECISION,
}
_TYPES = {name: ENVELOPE | own for name, own in _OWN_FIELDS.items()}
_NEED_ACTOR = ("actions.ripple_joined", "actions.ripple_left", "actions.action_logged")
_NOT_KEPT = ("v", "actor_type", "session")


def read(record: LogRecord, partitions: int) -> tuple[Event, bool]:
    """The record's event, and whether it is a partition's copy of a reference event; raises `Dead`."""
    event = _event(checked_fields(record.value, _TYPES))
    return event, check_place(record, event.key, event.at, event.is_reference, partitions)


def _event(parsed: dict[str, Any]) -> Event:
    name = parsed["type"]
    if name in _NEED_ACTOR and parsed.get("actor") is None:
        raise Dead("refused", "actor_missing", f"{name} needs an actor")
    kept = {field: value for field, value in parsed.items() if field not in _NOT_KEPT}
    event = Event(**kept, given=frozenset(parsed))
    if event.is_reference and not -WEIGHT_BACK_MAX <= event.effective_from - event.at <= WEIGHT_AHEAD_MAX:
        raise Dead("refused", "invalid_field", f"effective_from {event.effective_from} against {event.at}")
    if event.is_decision:
        check_decision(parsed)
    return event
