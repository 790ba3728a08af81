"""What is asked of a list, checked and as statements have it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from events.errors import WrongUsage
from events.rules import COUNT_MAX, shown
from projections.arguments import one_of, text, whole_number
from projections.content.searching import folded

Range: TypeAlias = Literal["24h", "7d", "30d", "1y", "all"]
"""How long ago something was published at most."""

LIMIT_MAX: Final = 200
"""Rows of a page."""
OFFSET_MAX: Final = 10_000
"""Rows before a page that is asked for by their number; a cursor goes on from any place."""
SEARCH_CHARACTERS_MAX: Final = 200
TOTAL_MAX: Final = 10_000
"""Rows that are counted."""
IMPACT_MAX: Final = Decimal(10) ** 24
"""More than any total of scores."""
VIEWS_MAX: Final = COUNT_MAX * 1_000_000

_TRIGRAM: Final = re.compile("[0-9a-z]{3}")
_BYTE: Final = re.compile(r"[0-7\\]")

DAYS: Final[dict[Range, int | None]] = {"24h": 1, "7d": 7, "30d": 30, "1y": 365, "all": None}


@dataclass(frozen=True)
class Wanted:
    """Which rows of a list, in which order.

    ``sort``: None is the list's own. ``search``: any part of a word, in any case. Bounds are inclusive.
    ``published``: in this time before now (of creators and others: their newest video). ``limit`` rows behind
    the ``cursor`` of the page before, or behind the first ``offset`` ones; not both.
    """

    sort: str | None = None
    search: str | None = None
    impact_min: Decimal | int | None = None
    impact_max: Decimal | int | None = None
    views_min: int | None = None
    views_max: int | None = None
    published: Range = "all"
    limit: int = 50
    offset: int = 0
    cursor: str | None = None

    def checked(self) -> None:
        """Raises WrongUsage, naming what cannot be."""
        whole_number("limit", self.limit, at_most=LIMIT_MAX)
        whole_number("offset", self.offset, at_least=0, at_most=OFFSET_MAX)
        one_of("range", self.published, get_args(Range))
        if self.cursor is not None and self.offset:
            raise WrongUsage(
                f"offset {self.offset} and a cursor both say where the page begins: give one of them"
            )
        for name, views in (("views_min", self.views_min), ("views_max", self.views_max)):
            if views is not None:
                whole_number(name, views, at_least=0, at_most=VIEWS_MAX)
        for name, impact in (("impact_min", self.impact_min), ("impact_max", self.impact_max)):
            if impact is not None and not _is_score(impact):
                raise WrongUsage(f"{name} must be from 0 to {IMPACT_MAX:f}, is {shown(impact)}")
        if self.search is not None:
            text("search", self.search, characters_max=SEARCH_CHARACTERS_MAX)

    @property
    def filters(self) -> dict[str, Any]:
        """What the list is narrowed to: by the filter's name its parameter."""
        given = {
            "impact_min": _cents(self.impact_min, ROUND_CEILING),
            "impact_max": _cents(self.impact_max, ROUND_FLOOR),
            "views_min": self.views_min,
            "views_max": self.views_max,
            "published_in": self._published_in(),
        }
        return {name: value for name, value in given.items() if value is not None}

    def _published_in(self) -> timedelta | None:
        days = DAYS[self.published]
        return None if days is None else timedelta(days=days)


WHOLE: Final = Wanted()
"""The whole list in its own order."""


def has_trigrams(search: str) -> bool:
    """Whether an index can find it: it needs three letters or digits in a row. Shorter words are read for."""
    return _TRIGRAM.search(_indexed(search)) is not None


def finds_bytes(search: str) -> bool:
    """Whether an index may find more than it, as what it begins with may be digits of a byte there."""
    return _BYTE.match(folded(search)) is not None


def searched(search: str) -> dict[str, str]:
    """Patterns of LIKE for a part of a text: plain, and as indexes have it (groundswell.searchable)."""
    return {"search": f"%{_literal(folded(search))}%", "searched": f"%{_literal(_indexed(search))}%"}


def _indexed(search: str) -> str:
    lower = folded(search).replace("\\", "\\\\")
    return "".join(one if one.isascii() else _octal(one) for one in lower)


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def _literal(part: str) -> str:
    for special in "\\%_":
        part = part.replace(special, f"\\{special}")
    return part


def _is_score(impact: Decimal | int) -> bool:
    # What is not a number cannot even be compared.
    return Decimal(impact).is_finite() and 0 <= impact <= IMPACT_MAX


def _cents(impact: Decimal | int | None, rounding: str) -> int | None:
    if impact is None:
        return None
    return int((Decimal(impact) * 100).to_integral_value(rounding))
