"""A tiny system with bugs, for the rules about bugs: its fold raises at 13, Postgres refuses its 666."""

from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import msgspec
from pydantic import Field

from events.catalogue import System
from events.envelope import Event
from events.fields import Count, Identifier
from projections.read_model import ReadModel
from projections.tables import CounterTable, StateTable
from streams.folding import Change, Fold, States, add, put
from streams.system import StreamSystem

RAISES: Final = 13
REFUSED_BY_POSTGRES: Final = 666


class Counted(Event):
    """Somebody counted something."""

    type: Literal["tallies.counted"] = "tallies.counted"
    v: Literal[1] = 1
    key_field: ClassVar[str] = "tally"

    tally: Identifier = Field(description="What is counted.", examples=["sheep"])
    amount: Count = Field(description="How many.", examples=[1])


class Newest(msgspec.Struct, frozen=True):
    """The last amount of a tally."""

    tally: str
    amount: int


NEWEST: Final = StateTable("newest", Newest, key_width=1, checks=(f"amount <> {REFUSED_BY_POSTGRES}",))
TOTALS: Final = CounterTable("totals", {"tally": str}, {"amount": int, "events": int})


class TalliesFold(Fold):
    """Adds up; knows nothing of the table's check."""

    version = 1

    def reads(self, event: Any, states: States) -> tuple[tuple[StateTable[Any], tuple[str]]]:
        return ((NEWEST, (event.tally,)),)

    def apply(self, event: Any, states: States) -> tuple[Change, ...]:
        if event.amount == RAISES:
            raise ZeroDivisionError(f"a bug at amount {event.amount}")
        key = (event.tally,)
        return (
            put(NEWEST, Newest(event.tally, event.amount)),
            add(TOTALS, key, 0, event.amount),
            add(TOTALS, key, 1, 1),
        )


SYSTEM: Final = StreamSystem(
    System("tallies", (Counted,)),
    TalliesFold(),
    ReadModel("tallies", (NEWEST, TOTALS), Path(__file__).parent / "tallies_views.sql"),
)
