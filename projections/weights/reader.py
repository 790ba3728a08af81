"""The questions that programs and people ask of system 3, answered from the stable views."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final

from events.distributions import CATEGORIES
from projections.arguments import identifier, instant
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers
from projections.redis.questions import QuestionsBesideRedis
from projections.weights.answers import (
    DEFAULT_WEIGHTS,
    CategoryPopulation,
    PersonalImpact,
    StandingWeights,
    WaveImpact,
    Weights,
    WeightsVersion,
)
from projections.weights.read_model import READ_MODEL

ORDER: Final = "versions"


class CachedAnswers(RedisAnswers):
    """Users. From its first read on each is kept up to date in Redis."""

    model: ClassVar[ReadModel] = READ_MODEL


@dataclass(frozen=True)
class _ImpactRow(Weights):
    wave_id: str | None
    category: str | None
    impact: Decimal
    weight: Decimal
    personal_impact: Decimal
    waves: int
    total: Decimal


class Reader(QuestionsBesideRedis[CachedAnswers]):
    """Reads the live generation; an async context manager, for any number of tasks. Each question is one
    statement, so that its answer is of one moment.

    With the URL of a ``redis``, the weights of now are read from there wherever it can be trusted: nothing is
    read that Postgres has contradicted for longer than a second.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str] = "weights"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"
    cached_answers = CachedAnswers

    async def weights(self, user_id: str, as_of: datetime | None = None) -> Weights:
        """The user's weights now, or as of a time; the default ones where none stand, or stood then."""
        if as_of is None:
            found = await self._thing(StandingWeights, "user", "weights", user_id=user_id)
        else:
            parameters = {"user_id": identifier("user_id", user_id), "as_of": instant("as_of", as_of)}
            found = await self._only(StandingWeights, "weights_as_of", parameters)
        return Weights.default(user_id) if found is None else Weights(**vars(found), is_default=False)

    async def history(
        self, user_id: str, *, limit: int = 100, cursor: str | None = None
    ) -> Page[WeightsVersion]:
        """The user's versions, the newest first."""
        (version,) = place_after(cursor, ORDER, int)
        parameters = {
            "user_id": identifier("user_id", user_id),
            "after_version": version,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(WeightsVersion, "history", parameters)
        return page_of(found, limit, lambda row: cursor_at(ORDER, row.version))

    async def population(self) -> list[CategoryPopulation]:
        """What users give each category; without users nothing."""
        return await self._rows(CategoryPopulation, "population", {})

    async def personal_impact(self, user_id: str, *, limit: int = 100) -> PersonalImpact:
        """The user's impact in waves by what their categories weigh to the user. Where system 1 was never
        folded there are no waves."""
        parameters = {
            "user_id": identifier("user_id", user_id),
            **dict(zip(CATEGORIES, DEFAULT_WEIGHTS, strict=True)),
            "limit": rows_at_most(limit),
        }
        found = await self._rows(_ImpactRow, "personal_impact", parameters)
        first = found[0]
        weights = Weights(
            first.user_id,
            first.community,
            first.environment,
            first.workers,
            first.version,
            first.set_at,
            first.is_default,
        )
        rows = [
            WaveImpact(row.wave_id, row.category, row.impact, row.weight, row.personal_impact)
            for row in found
            if row.wave_id is not None
        ]
        return PersonalImpact(weights, first.total, first.waves, rows)
