"""The orders of lists, and the branches by which each is walked from a place on.

A place is what a row is ordered by, and its id. What stands behind it is read by one or several branches,
each walking an index from there on. So a page deep in the list costs what the first does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from psycopg import sql

from projections.content.tables import TREND_FACTORS
from projections.magnitude import COARSE_COUNTS, Magnitude

ABOVE_ALL: Final = 2**62
"""More than any magnitude, and than any number of microseconds since 1970 that a time can have."""
FACTORS: Final = (*(factor for _, factor in TREND_FACTORS), 1)


@dataclass(frozen=True)
class Place:
    """Behind which row a page begins: what it is ordered by, and its id."""

    value: Any
    id: str


@dataclass(frozen=True)
class Piece:
    """A file of a statement, what its places in braces stand for (words and values), and further filters."""

    file: str
    words: Mapping[str, sql.Composable] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[str, ...] = ()


class Order:
    """An order of a list."""

    kinds: tuple[type, ...] = (int, str)
    """The types that a place has in a cursor."""
    foremost = "foremost/by_place"
    varies = False
    """Whether the best plan depends on how much of the list an owner has, or on where the page begins."""
    column: str
    """What a row is ordered by."""

    def chains(self, place: Place | None) -> list[list[Piece]]:
        """What to walk for the rows behind a place, or for all: in each chain one branch after the other."""
        return [[*self.branches(place)]]

    def branches(self, place: Place | None) -> Iterator[Piece]:
        """The branches, each of which stands behind the one before."""
        raise NotImplementedError

    def behind(self, place: Place | None) -> Piece:
        """The condition for rows that were collected instead."""
        if place is None:
            return Piece("behind/nothing")
        return Piece("behind/place", values=_values(place))

    def value_of(self, found: Any) -> Any:
        """What a row that was read is ordered by, as a cursor has it."""
        return int(found)


@dataclass(frozen=True)
class ByMagnitude(Order):
    """By a number, the greatest first, through an index over its magnitudes."""

    column: str
    magnitude: Magnitude
    varies: bool = False

    def branches(self, place: Place | None) -> Iterator[Piece]:
        words: dict[str, sql.Composable] = {
            "order": sql.Identifier(f"{self.column}_order"),
            "value": sql.Identifier(self.column),
            "exact_below": sql.Literal(self.magnitude.exact_below),
        }
        below, exact_below = ABOVE_ALL, self.magnitude.exact_below
        if place is not None:
            below = self.magnitude.of(place.value)
            file = "branches/ties" if below < exact_below else "branches/within"
            yield Piece(file, words, {**_values(place), "place_order": below})
        if below > exact_below:
            yield Piece("branches/coarse", words, {"below": below})
        yield Piece("branches/exact", words, {"below": min(below, exact_below)})


@dataclass(frozen=True)
class ByWholeNumber(Order):
    """By a number that has an index itself, the greatest first."""

    column: str
    varies: bool = False

    def branches(self, place: Place | None) -> Iterator[Piece]:
        order = {"order": sql.Identifier(self.column)}
        below = ABOVE_ALL
        if place is not None:
            below = place.value
            yield Piece("branches/ties", order, {**_values(place), "place_order": below})
        yield Piece("branches/exact", order, {"below": below})


class ByTime(Order):
    """By the time of publication, the newest first and those without one last."""

    kinds = (datetime, str)
    column = "at"

    def branches(self, place: Place | None) -> Iterator[Piece]:
        if place is not None and place.value is None:
            yield Piece("branches/undated", values={"after": place.id})
            return
        if place is not None:
            yield Piece("branches/dated_ties", values=_values(place))
            yield Piece("branches/dated_before", values=_values(place))
        else:
            yield Piece("branches/dated")
        yield Piece("branches/undated", values={"after": ""})

    def behind(self, place: Place | None) -> Piece:
        if place is not None and place.value is None:
            return Piece("behind/undated", values={"after": place.id})
        return super().behind(place)

    def value_of(self, found: Any) -> Any:
        return found


class ById(Order):
    """By the id itself, from A to Z."""

    kinds = (str, str)
    foremost = "foremost/by_id"
    column = "id"

    def branches(self, place: Place | None) -> Iterator[Piece]:
        yield Piece("branches/alphabetical", values={"after": "" if place is None else place.id})

    def behind(self, place: Place | None) -> Piece:
        if place is None:
            return super().behind(place)
        return Piece("behind/id", values={"after": place.id})

    def value_of(self, found: Any) -> Any:
        return found


class ByTrend(Order):
    """By views times a factor that falls with the age of the newest video.

    The index has the rows of each factor by views. Those that it has under a factor which they have lost
    since are few, and read apart. Planning all of it takes longer than reading a page, so it is planned once.
    """

    column = "trend"

    def chains(self, place: Place | None) -> list[list[Piece]]:
        aged = (
            Piece("branches/aged") if place is None else Piece("branches/aged_behind", values=_values(place))
        )
        return [*(self._of_factor(factor, place) for factor in FACTORS), [aged]]

    def _of_factor(self, factor: int, place: Place | None) -> list[Piece]:
        pieces = ByMagnitude("views", COARSE_COUNTS).branches(
            None if place is None else _place_of_factor(place, factor)
        )
        filters = ("filters/oldest" if factor == 1 else "filters/fresh",)
        return [
            replace(piece, words={**piece.words, "factor": sql.Literal(factor)}, filters=filters)
            for piece in pieces
        ]


def _place_of_factor(place: Place, factor: int) -> Place:
    """The place among the rows of one factor, which are by views. Where the score is no multiple of the
    factor, all that have the next lower views stand behind it."""
    views, rest = divmod(place.value, factor)
    return Place(views, place.id if rest == 0 else "")


def _values(place: Place) -> dict[str, Any]:
    return {"place": place.value, "after": place.id}
