"""Questions about periods: their topics, how contested these are, and who got which."""

from datetime import datetime
from typing import Final, get_args

from events.rankings_decisions import TOPICS_MAX
from projections.arguments import TREND_HOURS_MAX, identifier, instant, one_of, whole_number
from projections.pages import ROWS_MAX, Page, cursor_at, page_of, place_after, rows_at_most
from projections.rankings.answers import (
    AssignedTopic,
    AssignmentRun,
    Category,
    PeriodRow,
    TopicMetrics,
    TopicOrder,
    TopicRow,
    TopicTrendPoint,
)
from projections.rankings.cached_answers import CachedAnswers
from projections.redis.questions import QuestionsBesideRedis

ORDERS: Final[tuple[str, ...]] = get_args(TopicOrder)
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)


class PeriodQuestions(QuestionsBesideRedis[CachedAnswers]):
    """What there is to ask about periods and topics."""

    cached_answers = CachedAnswers

    async def period(self, period_id: str) -> PeriodRow | None:
        """The period, or None when there is none."""
        return await self._only(PeriodRow, "period", {"period_id": identifier("period_id", period_id)})

    async def periods(self, *, limit: int = 100, cursor: str | None = None) -> Page[PeriodRow]:
        """All periods by their ids."""
        (after,) = place_after(cursor, "periods", str)
        parameters = {"after_period_id": after, "limit": rows_at_most(limit) + 1}
        found = await self._rows(PeriodRow, "periods", parameters)
        return page_of(found, limit, lambda period: cursor_at("periods", period.period_id))

    async def topics(
        self,
        period_id: str,
        *,
        category: Category | None = None,
        sort: TopicOrder = "average",
        limit: int = ROWS_MAX,
        offset: int = 0,
    ) -> list[TopicRow]:
        """A period's topics, all or those of a category, in an order, without the first ``offset``."""
        parameters = {
            "period_id": identifier("period_id", period_id),
            "category": None if category is None else one_of("category", category, CATEGORIES),
            "sort": one_of("sort", sort, ORDERS),
            "limit": rows_at_most(limit),
            "offset": whole_number("offset", offset, at_least=0, at_most=TOPICS_MAX),
        }
        return await self._rows(TopicRow, "topics", parameters)

    async def metrics(self, period_id: str, topic_id: str) -> TopicMetrics | None:
        """How contested the topic is, with its distribution; None when there is no such topic."""
        return await self._thing(TopicMetrics, "topic", "metrics", period_id=period_id, topic_id=topic_id)

    async def trends(
        self, period_id: str, topic_id: str, *, hours: int = 24, until: datetime | None = None
    ) -> list[TopicTrendPoint]:
        """What was calculated of the topic in each of so many hours before ``until``: a whole hour, the end
        of the current one when not given. Hours without a calculation are not there."""
        parameters = {
            "period_id": identifier("period_id", period_id),
            "topic_id": identifier("topic_id", topic_id),
            "hours": whole_number("hours", hours, at_most=TREND_HOURS_MAX),
            "until": None if until is None else instant("until", until, whole_hour=True),
        }
        return await self._rows(TopicTrendPoint, "trends", parameters)

    async def assignment_runs(
        self, period_id: str, *, limit: int = 100, cursor: str | None = None
    ) -> Page[AssignmentRun]:
        """The runs of the assignment in the period, the newest first."""
        at, run = place_after(cursor, "runs", datetime, str)
        parameters = {
            "period_id": identifier("period_id", period_id),
            "after_at": at,
            "after_run": run,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(AssignmentRun, "assignment_runs", parameters)
        return page_of(found, limit, lambda one: cursor_at("runs", one.at, one.run))

    async def assignments(
        self, period_id: str, *, run: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> Page[AssignedTopic]:
        """What each student got, by their ids, in a run or in the newest one; further pages are of the run of
        the first."""
        run_of_page, after = place_after(cursor, "assignments", str, str)
        chosen = run_of_page or (None if run is None else identifier("run", run))
        parameters = {
            "period_id": identifier("period_id", period_id),
            "run": chosen,
            "after_student_id": after,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(AssignedTopic, "assignments", parameters)
        return page_of(found, limit, lambda one: cursor_at("assignments", one.run, one.student_id))
