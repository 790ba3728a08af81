"""Questions that are answered with lists: of everything, and of what belongs to something."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, ClassVar, Final

from events.errors import WrongUsage
from events.hashtags import normalised
from projections.arguments import identifier, one_of
from projections.content import listing, row_reading
from projections.content.answers import (
    CommunityRow,
    CreatorRow,
    HashtagRow,
    LinkedHashtag,
    Listed,
    OwnerCreator,
    SoundRow,
    VideoRow,
)
from projections.content.listing import Listing, OwnerKind
from projections.content.sorting import Order, Place
from projections.content.statement import LONG_FROM, ListStatement
from projections.content.wanted import TOTAL_MAX, WHOLE, Wanted
from projections.pages import cursor_at, place_after
from projections.questions import CONNECTIONS_MAX, Questions

LONG_SECONDS: Final = 60.0
"""How long a list that was found long is taken to be so."""
UNDATED: Final = "undated"
"""In the cursor of a list by time: what is behind all that has one."""


class FoundRow:
    """A row as it came, by the names of its columns."""

    def __init__(self, **columns: Any) -> None:
        self.columns: Mapping[str, Any] = columns


class ListQuestions(Questions):
    """Every list is asked for in the same way: by a :class:`Wanted`."""

    # Plans are made for an owner of the usual size. The largest has ten thousand times as much, of which only
    # the index's order gives a page soon; what must be sorted still is.
    session: ClassVar[str] = "-c max_parallel_workers_per_gather=0 -c enable_sort=off"

    def __init__(self, postgres: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        super().__init__(postgres, connections_max=connections_max)
        self._long: dict[str, float] = {}

    def _is_long(self, of: Listing) -> bool:
        """Whether it was within LONG_SECONDS. One of an owner is counted without reading it."""
        return monotonic() - self._long.get(of.name, -LONG_SECONDS) < LONG_SECONDS

    async def videos(
        self, wanted: Wanted = WHOLE, *, of: tuple[OwnerKind, str] | None = None
    ) -> Listed[VideoRow]:
        """Videos, all or those of a creator, sound, hashtag or community."""
        if of is None:
            return await self._listed(listing.VIDEOS, wanted)
        kind, identity = of
        one_of("of", kind, tuple(listing.VIDEOS_OF))
        return await self._listed(listing.VIDEOS_OF[kind], wanted, owner_id(kind, identity))

    async def creators(self, wanted: Wanted = WHOLE) -> Listed[CreatorRow]:
        """All creators."""
        return await self._listed(listing.CREATORS, wanted)

    async def creators_of(
        self, kind: OwnerKind, identity: str, wanted: Wanted = WHOLE
    ) -> Listed[OwnerCreator]:
        """The creators of a sound's, hashtag's or community's videos. Sorts, bounds and ranges go by these
        videos alone, but for followers and newest."""
        one_of("kind", kind, tuple(listing.CREATORS_OF))
        return await self._listed(listing.CREATORS_OF[kind], wanted, owner_id(kind, identity))

    async def sounds(self, wanted: Wanted = WHOLE) -> Listed[SoundRow]:
        """All sounds."""
        return await self._listed(listing.SOUNDS, wanted)

    async def hashtags(self, wanted: Wanted = WHOLE) -> Listed[HashtagRow]:
        """All hashtags that videos carry."""
        return await self._listed(listing.HASHTAGS, wanted)

    async def hashtags_of(self, community_id: str, wanted: Wanted = WHOLE) -> Listed[LinkedHashtag]:
        """The hashtags that a community links, by its own videos that carry them; trending by all."""
        return await self._listed(listing.HASHTAGS_OF, wanted, owner_id("community", community_id))

    async def communities(self, wanted: Wanted = WHOLE) -> Listed[CommunityRow]:
        """All communities."""
        return await self._listed(listing.COMMUNITIES, wanted)

    async def _listed(self, of: Listing, wanted: Wanted, owner: str | None = None) -> Listed[Any]:
        wanted.checked()
        if of.of_hashtags and wanted.search is not None:
            wanted = replace(wanted, search=normalised(wanted.search) or wanted.search)
        sort = next(iter(of.sorts)) if wanted.sort is None else one_of("sort", wanted.sort, tuple(of.sorts))
        order, name = of.sorts[sort], f"{of.name} {sort}"
        place = _place(wanted.cursor, name, order)
        statement = ListStatement(of, order, wanted, place, owner, self._is_long(of))
        found = await self._answered(FoundRow, f"the list of {of.name}", statement.text, statement.parameters)
        total = found[0].columns["total"]
        if of.owner is None and total >= LONG_FROM and not statement.is_long:
            self._long[of.name] = monotonic()
        read = row_reading.READERS[of.rows]
        rows = [row.columns for row in found if row.columns["id"] is not None]
        page, is_more = rows[: wanted.limit], len(rows) > wanted.limit
        return Listed(
            [read(row) for row in page],
            total=total if total <= TOTAL_MAX else None,
            total_at_least=None if total <= TOTAL_MAX else TOTAL_MAX,
            next_cursor=_cursor(name, order, page[-1]) if is_more else None,
        )


def owner_id(kind: OwnerKind, identity: str) -> str:
    """The id as tables have it: a hashtag is found by each of its forms."""
    return identifier(kind, (normalised(identity) or identity) if kind == "hashtag" else identity)


def _cursor(name: str, order: Order, last: Mapping[str, Any]) -> str:
    if last["place"] is None:
        return cursor_at(f"{name} {UNDATED}", last["id"])
    return cursor_at(name, order.value_of(last["place"]), last["id"])


def _place(cursor: str | None, name: str, order: Order) -> Place | None:
    if cursor is None:
        return None
    with suppress(WrongUsage):
        (identity,) = place_after(cursor, f"{name} {UNDATED}", str)
        return Place(None, identity)
    value, identity = place_after(cursor, name, *order.kinds)
    return Place(value, identity)
