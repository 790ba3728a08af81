"""Questions about students: what they rank, and how they came to it."""

from projections.arguments import identifier
from projections.pages import Page, cursor_at, page_of, place_after, rows_at_most
from projections.rankings.answers import RankedTopic, RankingChange, StudentRow
from projections.rankings.period_questions import PeriodQuestions


class StudentQuestions(PeriodQuestions):
    """What there is to ask about students."""

    async def student(self, student_id: str) -> StudentRow | None:
        """The student, or None who was never registered; what such a one ranks is there all the same."""
        return await self._only(StudentRow, "student", {"student_id": identifier("student_id", student_id)})

    async def rankings_of(
        self, student_id: str, period_id: str | None = None, *, limit: int = 100, cursor: str | None = None
    ) -> Page[RankedTopic]:
        """What the student ranks, by periods' ids and positions; in all periods unless one is given."""
        after_period_id, after_position, after_topic_id = place_after(cursor, "rankings", str, int, str)
        parameters = {
            "student_id": identifier("student_id", student_id),
            "period_id": None if period_id is None else identifier("period_id", period_id),
            "after_period_id": after_period_id,
            "after_position": after_position,
            "after_topic_id": after_topic_id,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(RankedTopic, "rankings_of", parameters)
        return page_of(
            found, limit, lambda row: cursor_at("rankings", row.period_id, row.position, row.topic_id)
        )

    async def history(
        self, student_id: str, period_id: str, *, limit: int = 100, cursor: str | None = None
    ) -> Page[RankingChange]:
        """What the student moved in the period, the newest first."""
        (after,) = place_after(cursor, "history", int)
        parameters = {
            "student_id": identifier("student_id", student_id),
            "period_id": identifier("period_id", period_id),
            "after_number": after,
            "limit": rows_at_most(limit) + 1,
        }
        found = await self._rows(RankingChange, "history", parameters)
        return page_of(found, limit, lambda change: cursor_at("history", change.number))
