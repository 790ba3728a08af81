"""The statement of a list, put together from files: the branches of its order, and the filters asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from psycopg import sql

from projections.content.listing import OWNERS, VIDEOS, Listing
from projections.content.sorting import ById, Order, Piece, Place
from projections.content.wanted import TOTAL_MAX, Wanted, finds_bytes, has_trigrams, searched
from projections.questions import PlannedAnew

FOLDER: Final = Path(__file__).parent / "queries" / "lists"
ALL: Final = sql.SQL("\nUNION ALL\n")
COMMA: Final = sql.SQL(",\n")
BOTH: Final = sql.SQL("\nUNION\n")
AND: Final = sql.SQL(" AND ")
COLLECTED_MAX: Final = 2_000
"""Rows that are collected and sorted where a filter lets no more through."""
BEHIND: Final = "behind"
"""What parameters of the condition for collected rows begin with."""
LONG_FROM: Final = TOTAL_MAX + 2_000
"""A list of so many rows is long, and still will be in a minute: they are not counted anew for each page."""
NO_FILTERS: Final = ("filters/all",)


@dataclass(frozen=True)
class ListStatement:
    """What is asked for a page of a list. ``order`` is one of the list's; ``is_long``: it is known to have
    so many rows that they are not counted."""

    listing: Listing
    order: Order
    wanted: Wanted
    place: Place | None
    owner_id: str | None = None

    is_long: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        wanted = self.wanted
        filters = wanted.filters
        patterns = {} if wanted.search is None else searched(wanted.search)
        return {
            **filters,
            **self.listing.bounds(filters),
            **patterns,
            **self.walk_parameters,
            **_parameters(BEHIND, self.order.behind(self.place)),
            "owner": self.owner_id,
            "limit": wanted.limit + 1,
            "offset": wanted.offset,
            "found_max": TOTAL_MAX + 1,
            "long_from": LONG_FROM,
            "collected_max": COLLECTED_MAX + 1,
        }

    @property
    def walk_parameters(self) -> dict[str, Any]:
        """The values of the parameters of its branches."""
        found: dict[str, Any] = {}
        for number, chain in enumerate(self.order.chains(self.place), start=1):
            for step, piece in enumerate(chain, start=1):
                found |= _parameters(self._branch(number, step), piece)
        return found

    def _branch(self, number: int, step: int) -> str:
        return f"{self.order.column}_{number}_{step}"

    @property
    def text(self) -> sql.Composed:
        """The statement. What the filters let through decides which plan is the best."""
        if self.wanted.search is not None or self._filters or self.listing.is_short:
            return PlannedAnew([self._narrowed])
        return PlannedAnew([self._whole]) if self.order.varies else self._whole

    @property
    def _whole(self) -> sql.Composed:
        names = self._names | {"rows": self._rows}
        total = _filled("totals/long" if self.is_long else self.listing.total, names)
        return _filled("plain", names | self.walk | {"total": total})

    @property
    def _rows(self) -> sql.Composed:
        return _filled(self.listing.rows, self._names)

    @property
    def _narrowed(self) -> sql.Composed:
        names = self._names | {"rows": self._rows, "behind": self._behind()}
        names["matches"] = self._matches("columns_to_sort", COLLECTED_MAX + 1)
        if self.listing.is_short:
            return _filled("few", names)
        walk = self._walk(("filters/many", *self._of_owner, *self._filters, *self._search))
        return _filled(
            "filtered", names | walk | {"counted": self._matches("columns_to_count", TOTAL_MAX + 1)}
        )

    @property
    def _names(self) -> dict[str, sql.Composable]:
        """What the places in braces of every file stand for."""
        names: dict[str, sql.Composable] = {
            "source": sql.Identifier("content", self.listing.order),
            "score": sql.Identifier(self.order.column),
            "rows_max": sql.Literal(self.wanted.offset + self.wanted.limit + 1),
            "foremost": _filled(self.order.foremost, {}),
        }
        if self.listing.owner is not None:
            view, key = OWNERS[self.listing.owner]
            names |= {
                "owners": sql.Identifier("content", view),
                "key": sql.Identifier(key),
                "pairs": sql.Identifier("content", f"{self.listing.owner}_creators"),
            }
        return names

    @property
    def _of_owner(self) -> tuple[str, ...]:
        return () if self.listing.owner is None else ("filters/owner",)

    @property
    def _filters(self) -> tuple[str, ...]:
        filters = self.wanted.filters
        return tuple(f"filters/{name}" for name in (*filters, *self.listing.bounds(filters)))

    @property
    def _search(self) -> tuple[str, ...]:
        if self.wanted.search is None:
            return ()
        by = self.listing.searched_by
        further = "" if by is None else f"_or_{by}"
        return tuple(f"filters/{name}{further}" for name in _searches(self.wanted.search))

    @property
    def walk(self) -> dict[str, sql.Composable]:
        """The list without filters: its branches as common tables, and what they come to."""
        return self._walk(self._of_owner)

    def _walk(self, filters: tuple[str, ...]) -> dict[str, sql.Composable]:
        """The branches as common tables, and what they come to. One behind another is walked only where that
        has not enough rows."""
        tables, ends = [], []
        for number, chain in enumerate(self.order.chains(self.place), start=1):
            before: sql.Composable = sql.SQL("")
            for step, piece in enumerate(chain, start=1):
                branch = self._branch(number, step)
                name = sql.Identifier(branch)
                further = ("filters/not_enough",) if step > 1 else ()
                names = {**self._names, **_words(branch, piece), "name": name, "before": before}
                where = _where((*further, *filters, *piece.filters), names)
                names["branch"] = _filled(piece.file, {**names, "where": where})
                tables.append(_filled("step" if step > 1 else "first_step", names))
                before = name
            ends.append(_filled("end", {"name": before}))
        return {"branches": COMMA.join(tables), "walked": ALL.join(ends)}

    def _matches(self, columns: str, rows_max: int) -> sql.Composed:
        """What the filters let through; of a search one part for each index that finds it."""
        filters = (*self._of_owner, *self._filters)
        names = self._names | {"columns": _filled(columns, self._names), "matches_max": sql.Literal(rows_max)}
        if self.wanted.search is None or not has_trigrams(self.wanted.search):
            return _filled("matches", names | {"where": _where((*filters, *self._search))})
        texts = (f"filters/{name}" for name in _searches(self.wanted.search))
        parts = [_filled("matches", names | {"where": _where((*filters, *texts))})]
        if self.listing.searched_by == "username":
            parts.append(_filled("matches_of_username", names | {"where": _where(filters)}))
        if self.listing.searched_by == "id":
            parts.append(_filled("matches", names | {"where": _where((*filters, "filters/searched_id"))}))
        return BOTH.join(parts)

    def _behind(self) -> sql.Composed:
        piece = self.order.behind(self.place)
        return _filled(piece.file, _words(BEHIND, piece))


def one_row(listing: Listing) -> sql.Composed:
    """The statement of a single row, of which a list has many; its parameter is `id`."""
    rows = _filled(listing.rows, {"foremost": _filled(ById.foremost, {})})
    return _filled("one", {"rows": rows})


def compared(order: Order, other: Order, rows_max: int) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement of the first videos in each of two orders, and its parameters; a row's place is its rank
    in both."""
    rows = _filled(VIDEOS.rows, {"foremost": _filled(ById.foremost, {})})
    names = {"rows": rows, "rows_max": sql.Literal(rows_max)}
    first, second = (ListStatement(VIDEOS, one, Wanted(limit=rows_max), None) for one in (order, other))
    others = {f"other_{name}": part for name, part in second.walk.items()}
    parameters = {**first.walk_parameters, **second.walk_parameters}
    return _filled("compared", names | first.walk | others), parameters


def _searches(search: str) -> tuple[str, ...]:
    """By which forms of a text it is searched: as its index has it, as it is, or both."""
    if not has_trigrams(search):
        return ("read",)
    return ("searched", "read") if finds_bytes(search) else ("searched",)


def _where(files: Iterable[str], places: Mapping[str, sql.Composable] | None = None) -> sql.Composed:
    return AND.join(_filled(file, places or {}) for file in (tuple(files) or NO_FILTERS))


def _words(name: str, piece: Piece) -> dict[str, sql.Composable]:
    """What the places in braces of a piece stand for; its values are parameters of its own."""
    return {**piece.words, **{value: sql.Placeholder(f"{name}_{value}") for value in piece.values}}


def _parameters(name: str, piece: Piece) -> dict[str, Any]:
    return {f"{name}_{value}": given for value, given in piece.values.items()}


def _filled(file: str, places: Mapping[str, sql.Composable]) -> sql.Composed:
    return _text(file).format(**places)


@cache
def _text(file: str) -> sql.SQL:
    return sql.SQL((FOLDER / f"{file}.sql").read_text("utf-8").strip())
