"""Questions about what trends, and about what the same users resonate with."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from projections.arguments import identifier
from projections.interactions.answers import RecommendedEntry, RelatedEntry, Sampled, TrendingEntry
from projections.interactions.forest_questions import ForestQuestions
from projections.pages import rows_at_most

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Answer = TypeVar("Answer", bound="DataclassInstance")

COMMON_USERS_MIN: Final = 2
"""Entries with fewer users in common are not related."""
RELATED_USERS_MAX: Final = 2_000
"""Of an entry with more users the newest so many are looked at for what is related to it."""
RECOMMENDED_ENTRIES_MAX: Final = 50
"""The newest entries that a user resonates with, of which is recommended what is related to them."""
RECOMMENDED_USERS_MAX: Final = 200
"""Of each of these entries with more users the newest so many are looked at."""

USER_ENTRIES_MAX: Final = 500
"""Of a user who resonates with more entries the newest so many are looked at."""


class _InSample(Protocol):
    """A row that tells whether it comes from a sample; without an entry it tells that alone."""

    @property
    def entry_id(self) -> str | None: ...

    @property
    def is_sample(self) -> bool: ...


@dataclass(frozen=True)
class _FoundRelated(RelatedEntry):
    is_sample: bool


@dataclass(frozen=True)
class _FoundRecommended(RecommendedEntry):
    is_sample: bool


class LikenessQuestions(ForestQuestions):
    """What there is to ask about trending, related and recommended entries."""

    async def trending(self, *, limit: int = 10) -> list[TrendingEntry]:
        """The entries that trend most now; only those with a score, ties by id."""
        parameters = {"limit": rows_at_most(limit)}
        cached = None if self._cached is None else await self._cached.trending(limit)
        return cached if cached is not None else await self._rows(TrendingEntry, "trending", parameters)

    async def related(self, entry_id: str, *, limit: int = 10) -> Sampled[RelatedEntry]:
        """The entries with which at least two users of this one resonate too, by cosine over users: those in
        common through the square root of the product of both numbers of users.

        Of an entry with more than 2,000 users the newest 2,000 are looked at, as if it had no others; of what
        each of them resonates with the newest 500.
        """
        parameters = {
            "entry_id": identifier("entry_id", entry_id),
            "users_max": RELATED_USERS_MAX,
            "user_entries_max": USER_ENTRIES_MAX,
            "common_min": COMMON_USERS_MIN,
            "limit": rows_at_most(limit),
        }
        return _sampled(RelatedEntry, await self._rows(_FoundRelated, "related", parameters))

    async def recommended(self, user_id: str, *, limit: int = 10) -> Sampled[RecommendedEntry]:
        """What is related to the newest 50 entries that the user resonates with, by the sum of the cosines to
        them; without those that the user resonates with or amplifies.

        Of an entry with more than 200 users the newest 200 are looked at, as if it had no others; of what
        each of them resonates with the newest 500.
        """
        parameters = {
            "user_id": identifier("user_id", user_id),
            "entries_max": RECOMMENDED_ENTRIES_MAX,
            "users_max": RECOMMENDED_USERS_MAX,
            "user_entries_max": USER_ENTRIES_MAX,
            "common_min": COMMON_USERS_MIN,
            "limit": rows_at_most(limit),
        }
        return _sampled(RecommendedEntry, await self._rows(_FoundRecommended, "recommended", parameters))


def _sampled(kind: type[Answer], rows: Sequence[_InSample]) -> Sampled[Answer]:
    names = [field.name for field in fields(kind)]
    entries = [
        kind(**{name: getattr(row, name) for name in names}) for row in rows if row.entry_id is not None
    ]
    return Sampled(entries, is_sample=any(row.is_sample for row in rows))
