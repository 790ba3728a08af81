"""What a rule of a fold is: what one event type reads and what it changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec import UNSET

from projections.tables import Key, StateTable
from streams.folding import Change, Chore, Fold, Settle, States, Weigh

Reads: TypeAlias = Iterable[tuple[StateTable[Any], Key]]

Value = TypeVar("Value")

Take: TypeAlias = Callable[[Any, Any], Any]
"""What stands once an event says (the first) or leaves out; the second is what stood: `given` or `stated`."""


class Rule(NamedTuple):
    """What an event type reads and changes: the two halves of the fold, for one type."""

    reads: Callable[[Any, States], Reads]
    apply: Callable[[Any, States], list[Change]]


class RuleFold(Fold):
    """A fold that is a rule for each event type of its system. Of a reference event its rule sees the copies,
    one in each partition."""

    def __init__(
        self,
        rules: Mapping[str, Rule],
        *,
        version: int,
        chores: Mapping[str, Chore] | None = None,
        settles: Mapping[StateTable[Any], Settle] | None = None,
        weights: Mapping[StateTable[Any], Weigh] | None = None,
    ) -> None:
        """``rules`` by event type; the others as a fold has them."""
        self.rules = rules
        self.version = version
        self.chores = chores or {}
        self.settles = settles or {}
        self.weights = weights or {}

    def reads(self, event: Any, states: States) -> Reads:
        return self.rules[event.type].reads(event, states)

    def apply(self, event: Any, states: States) -> Sequence[Change]:
        return self.rules[event.type].apply(event, states)


def given(value: Value, otherwise: Value) -> Value:
    """A partial event's value, also where null clears; `otherwise` where the event leaves the field out."""
    left_out: object = UNSET
    return otherwise if value is left_out else value


def stated(value: Value | None, otherwise: Value) -> Value:
    """The value of a fact that says how things stand; `otherwise` where it does not say."""
    return otherwise if value is None else value
