"""Questions about waves and their ripples."""

from dataclasses import dataclass, fields
from typing import Any, Final, get_args

from projections.actions.answers import Calculation, ImpactIndex, Ordering, RippleRow, WaveRow
from projections.actions.cached_questions import CachedQuestions
from projections.arguments import identifier, one_of
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most

ORDERINGS: Final[tuple[str, ...]] = get_args(Ordering)


@dataclass(frozen=True)
class _PlacedRipple(RippleRow):
    """A ripple with what its list is ordered by."""

    place: int | float


class RippleQuestions(CachedQuestions):
    """What there is to ask about waves and ripples."""

    async def wave(self, wave_id: str) -> WaveRow | None:
        """The wave, or None when there is none to show."""
        return await self._only(WaveRow, "wave", {"wave_id": identifier("wave_id", wave_id)})

    async def waves(self, *, limit: int = 100, cursor: str | None = None) -> Page[WaveRow]:
        """All waves by their ids."""
        (after,) = place_after(cursor, "waves", str)
        parameters = {"after_wave_id": after, "limit": rows_at_most(limit) + 1}
        found = await self._rows(WaveRow, "waves", parameters)
        return page_of(found, limit, lambda wave: cursor_at("waves", wave.wave_id))

    async def ripple(self, wave_id: str, ripple_id: str) -> RippleRow | None:
        """The ripple, or None when there is none to show."""
        parameters = _ripple(wave_id, ripple_id)
        cached = None if self._cached is None else await self._cached.ripple(wave_id, ripple_id)
        return cached or await self._only(RippleRow, "ripple", parameters)

    async def ripples(
        self, ripple_id: str, *, wave_id: str | None = None, limit: int = 100
    ) -> list[RippleRow]:
        """The ripples with that id: in the wave at most one, without a wave one of each wave that has it."""
        if wave_id is not None:
            found = await self.ripple(wave_id, ripple_id)
            return [] if found is None else [found]
        parameters = {"ripple_id": identifier("ripple_id", ripple_id), "limit": rows_at_most(limit)}
        return await self._rows(RippleRow, "ripples", parameters)

    async def ripples_of(
        self, wave_id: str, *, by: Ordering = "impact", limit: int = 100, cursor: str | None = None
    ) -> Page[RippleRow]:
        """A wave's ripples, the greatest first by impact, by actions of all time or by trending score."""
        order = f"ripples {one_of('by', by, ORDERINGS)}"
        place, after = place_after(cursor, order, float if by == "trending" else int, str)
        parameters = {
            "wave_id": identifier("wave_id", wave_id),
            "after_place": place,
            "after_ripple_id": after,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(_PlacedRipple, "wave_ripples", parameters, ordering=by)
        page = page_of(found, limit, lambda row: cursor_at(order, row.place, row.ripple_id))
        return Page([_without_place(row) for row in page.rows], page.next_cursor)

    async def against_wave(self, wave_id: str, ripple_id: str) -> ImpactIndex | None:
        """How the ripple compares with the median of its wave, as last calculated; None when there is none to
        show."""
        return await self._only(ImpactIndex, "impact_index", _ripple(wave_id, ripple_id))

    async def calculations(self, wave_id: str, ripple_id: str) -> list[Calculation]:
        """What the ripple did in the day, week, month, 90 days and all the time before this hour; empty when
        there is no such ripple."""
        return await self._rows(Calculation, "calculations", _ripple(wave_id, ripple_id))


def _ripple(wave_id: str, ripple_id: str) -> dict[str, Any]:
    return {"wave_id": identifier("wave_id", wave_id), "ripple_id": identifier("ripple_id", ripple_id)}


def _without_place(row: _PlacedRipple) -> RippleRow:
    return RippleRow(**{field.name: getattr(row, field.name) for field in fields(RippleRow)})
