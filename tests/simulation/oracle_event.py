"""From a raw record to a system's event or to the reason why it is dead, for the oracles.

A system's oracle names its types; what depends on the records before a record is the system's too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tests.simulation import oracle_fields as fields
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
    object_of,
)

DETAILS_MAX: Final = 100
_COUNT: Final = fields.whole_number_between(0, fields.COUNTER_MAX)


@dataclass(frozen=True, slots=True)
class EventType:
    """The fields of a type beside those of the envelope and of its key, or instead of them.

    `key` names the field that decides the partition; where there is none, `constant_key` does.
    """

    own: Mapping[str, Field]
    key: str | None = None
    constant_key: str = DECISIONS_KEY
    is_decision: bool = False
    needs_actor: bool = False
    one_of: tuple[str, ...] = ()
    """Fields of which at least one must be given."""

    @property
    def all_fields(self) -> dict[str, Field]:
        """Those of the envelope, of its key and its own."""
        key = {} if self.key is None else {self.key: Field(fields.identifier)}
        return {**ENVELOPE, **key, **(DECISION if self.is_decision else {}), **self.own}


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """A valid event; `given` are the fields of its type that the JSON holds, null as None."""

    id: UUID
    type: str
    at: datetime
    actor: str | None
    session: str | None
    given: Mapping[str, Any]
    key: str
    is_decision: bool

    @property
    def name(self) -> str:
        """The type without its system."""
        return self.type.partition(".")[2]

    @property
    def part(self) -> int:
        """Which part of a decision it is."""
        return int(self.given["part"])


@dataclass(frozen=True, slots=True)
class EventTypes:
    """All types of a system, by their whole names."""

    types: Mapping[str, EventType]
    _fields: dict[str, dict[str, Field]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._fields.update({name: declared.all_fields for name, declared in self.types.items()})

    def read(self, record: LogRecord, partitions: int) -> tuple[ToldEvent, bool]:
        """The record's event, and whether it is a copy: none of these systems has copies. Raises `Dead`."""
        parsed = checked_fields(record.value, self._fields)
        declared = self.types[parsed["type"]]
        own = {name: value for name, value in parsed.items() if name not in ENVELOPE}
        if declared.one_of and own.keys().isdisjoint(declared.one_of):
            raise Dead("refused", "missing_field", f"names none of {[*declared.one_of]}")
        if declared.needs_actor and parsed.get("actor") is None:
            raise Dead("refused", "actor_missing", f"{parsed['type']} needs an actor")
        if declared.is_decision:
            check_decision(parsed)
        event = ToldEvent(
            id=parsed["id"],
            type=parsed["type"],
            at=parsed["at"],
            actor=parsed.get("actor"),
            session=parsed.get("session"),
            given=own,
            key=declared.constant_key if declared.key is None else own[declared.key],
            is_decision=declared.is_decision,
        )
        return event, check_place(record, event.key, event.at, False, partitions)


_DETAIL: Final = {
    name: Field(fields.text_of(0, 5000)) for name in ("table", "key", "column", "was", "became")
}
RECONCILED: Final = EventType(
    {
        "days": Field(fields.whole_number_between(1, 36_500)),
        "checked": Field(_COUNT),
        "drifted": Field(_COUNT),
        "repaired": Field(_COUNT),
        "details": Field(fields.list_of(object_of(_DETAIL), DETAILS_MAX)),
    },
    is_decision=True,
)
"""What every system that reconciles has: a run's report."""


def reconciliation(event: ToldEvent) -> dict[str, object]:
    """The row of view `reconciliations` for a run's report."""
    return {
        "run": str(event.id),
        "at": event.at,
        **{name: event.given[name] for name in ("days", "checked", "drifted", "repaired")},
        "details": list(event.given["details"]),
    }
