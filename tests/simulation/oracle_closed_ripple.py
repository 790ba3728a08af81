"""What the close of an hour says of one ripple, for the oracle."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tests.simulation import oracle_fields as fields

CLOSED_RIPPLES_MAX: Final = 1_000
_COUNT_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ClosedRipple:
    """A ripple's place when an hour closed; `previous_rank` is None when the close before had not got it."""

    wave_id: str
    ripple_id: str
    rank: int
    score: Decimal
    actions_1h: int
    actions_24h: int
    participants: int
    previous_rank: int | None = None


_COUNT = fields.whole_number_between(0, _COUNT_MAX)
_RANK = fields.whole_number_between(1, _COUNT_MAX)
_CHECKS_BY_NAME: Final[dict[str, fields.Check]] = {
    "wave_id": fields.identifier,
    "ripple_id": fields.identifier,
    "rank": _RANK,
    "score": fields.decimal_between(Decimal(0), None),
    "actions_1h": _COUNT,
    "actions_24h": _COUNT,
    "participants": _COUNT,
    "previous_rank": lambda value: None if value is None else _RANK(value),
}


def closed_ripples(value: object) -> tuple[ClosedRipple, ...]:
    """The check of an event's `entries`: a list of 1 to 1,000 objects; an hour without any has no close."""
    if not isinstance(value, list) or not 1 <= len(value) <= CLOSED_RIPPLES_MAX:
        raise fields.FieldRefused(f"must be a list of 1 to {CLOSED_RIPPLES_MAX}, got {value!r:.80}")
    return tuple(_closed_ripple(entry) for entry in value)


def _closed_ripple(value: object) -> ClosedRipple:
    known = _CHECKS_BY_NAME.keys()
    if not isinstance(value, dict) or not known - {"previous_rank"} <= value.keys() <= known:
        raise fields.FieldRefused(f"must hold objects with the fields {[*known]}, got {value!r:.80}")
    checked: dict[str, Any] = {name: _CHECKS_BY_NAME[name](inner) for name, inner in value.items()}
    return ClosedRipple(**checked)
