"""The types of system 4, for its oracle."""

from decimal import Decimal
from typing import Any, Final

from tests.simulation import oracle_fields as fields
from tests.simulation.oracle_envelope import Field, left_out_or, object_of, optional
from tests.simulation.oracle_event import RECONCILED, EventType, EventTypes

POSITION_MAX: Final = 2**31 - 1
CAPACITY_MAX: Final = 1_000_000
UPDATES_MAX: Final = 1_000
ENTRIES_MAX: Final = 10_000
CATEGORIES: Final = ("very-high", "high", "medium", "low")

_ID: Final = Field(fields.identifier)
_POSITION: Final = fields.whole_number_between(1, POSITION_MAX)
_COUNT: Final = fields.whole_number_between(0, fields.COUNTER_MAX)
_TITLE: Final = fields.text_of(1, 300)
_CAPACITY: Final = fields.whole_number_between(1, CAPACITY_MAX)
_DECIMAL: Final = optional(fields.decimal_between(Decimal(0), None))


def _each_once(name: str, check: fields.Check) -> fields.Check:
    """The check of a list of objects of which no two have the same value in a field."""

    def checked(value: object) -> object:
        entries: Any = check(value)
        if len({entry[name] for entry in entries}) < len(entries):
            raise fields.FieldRefused(f"names a {name} twice: {value!r:.80}")
        return entries

    return checked


_UPDATE: Final = {
    "topic_id": _ID,
    "position": Field(_POSITION, nullable=True),
    "previous": optional(_POSITION),
}
_CONGESTION: Final = {
    "topic_id": _ID,
    "students": Field(_COUNT),
    "average": _DECIMAL,
    "standard_deviation": _DECIMAL,
    "percentile": optional(fields.decimal_between(Decimal(0), Decimal(100))),
    "category": optional(fields.one_of(*CATEGORIES)),
}
_ASSIGNMENT: Final = {
    "student_id": _ID,
    "topic_id": optional(fields.identifier),
    "position": optional(_POSITION),
}
_UPDATES: Final = fields.list_of(object_of(_UPDATE), UPDATES_MAX, fewest=1)
_TOPICS: Final = fields.list_of(object_of(_CONGESTION), ENTRIES_MAX)
_ASSIGNMENTS: Final = fields.list_of(object_of(_ASSIGNMENT), ENTRIES_MAX)
_SESSION: Final = {"student_id": _ID, "session": _ID}
READING: Final = EventTypes(
    {
        "rankings.student_registered": EventType({"email": optional(fields.text_of(1, 254))}, "student_id"),
        "rankings.period_opened": EventType({"title": Field(_TITLE)}, "period_id"),
        "rankings.period_closed": EventType({"title": optional(_TITLE)}, "period_id"),
        "rankings.topic_created": EventType(
            {"topic_id": _ID, "title": Field(_TITLE), "capacity": left_out_or(_CAPACITY)}, "period_id"
        ),
        "rankings.topic_changed": EventType(
            {"topic_id": _ID, "title": left_out_or(_TITLE), "capacity": left_out_or(_CAPACITY)},
            "period_id",
            one_of=("title", "capacity"),
        ),
        "rankings.topic_removed": EventType({"topic_id": _ID}, "period_id"),
        "rankings.rankings_updated": EventType(
            _SESSION | {"updates": Field(_each_once("topic_id", _UPDATES))}, "period_id"
        ),
        "rankings.rankings_undone": EventType(_SESSION, "period_id"),
        "rankings.metrics_calculated": EventType(
            {"changes": Field(_COUNT), "topics": Field(_each_once("topic_id", _TOPICS))},
            "period_id",
            is_decision=True,
        ),
        "rankings.algorithm_executed": EventType(
            {
                "run": _ID,
                "algorithm": Field(fields.one_of("hungarian")),
                "cost": Field(_COUNT),
                "assignments": Field(_each_once("student_id", _ASSIGNMENTS)),
            },
            "period_id",
            is_decision=True,
        ),
        "rankings.reconciled": RECONCILED,
    }
)
"""All types of system 4."""
