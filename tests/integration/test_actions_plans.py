"""Each question reads what it needs by an index, however large the tables are."""

from typing import Any, Final

from projections.actions.reader import Reader
from tests.integration.actions_setting import TEN, small_world
from tests.integration.plans import EXPLAINED, Explained, wrong_scans
from tests.integration.small_worlds import for_the_file, reader_of_database

BIG: Final = frozenset(
    {
        "waves", "ripples", "memberships", "actions", "user_waves", "user_units", "activity_hours",
        "activity_minutes", "interest_hours", "ripple_trends", "trending_scores", "impact_indexes",
    }
)  # fmt: skip
"""Tables that grow with what people do."""
READ_IN_ORDER: Final = frozenset(
    {
        # The foremost rows of these are read by their order, as many as the list is long.
        "ripple_trends", "waves",
        # A look at its first or last entry.
        "activity_hours",
    }
)  # fmt: skip


class PlanReader(Explained, Reader):
    """Keeps the plan of each statement."""

    session = f"{Reader.session} {EXPLAINED}"


database = for_the_file(small_world)
reader = reader_of_database(PlanReader)


async def test_every_question_is_an_indexed_read(reader: PlanReader) -> None:
    ripple, first = ("w", "a"), await reader.ripples_of("w", limit=1)
    by_trend = await reader.ripples_of("w", by="trending", limit=1)
    of_user = await reader.actions_of_user("ann", limit=1)
    of_ripple = await reader.actions_of_ripple(*ripple, limit=1)
    questions: dict[str, Any] = {
        "live now": reader.live("now"),
        "live 1h": reader.live("1h"),
        "live 24h": reader.live("24h"),
        "last close": reader.closed(),
        "a close": reader.closed(TEN),
        "risers": reader.risers(),
        "risers of an hour": reader.risers(TEN),
        "trend": reader.trend(*ripple),
        "ripple": reader.ripple(*ripple),
        "ripples of an id": reader.ripples("a"),
        "index": reader.against_wave(*ripple),
        "calculations": reader.calculations(*ripple),
        "wave": reader.wave("w"),
        "waves": reader.waves(),
        "by impact": reader.ripples_of("w", by="impact"),
        "by actions": reader.ripples_of("w", by="actions"),
        "by trending": reader.ripples_of("w", by="trending"),
        "by impact, next": reader.ripples_of("w", cursor=first.next_cursor),
        "by trending, next": reader.ripples_of("w", by="trending", cursor=by_trend.next_cursor),
        "user": reader.user("ann"),
        "rank": reader.rank_of("ann", "w"),
        "user's actions": reader.actions_of_user("ann"),
        "user's actions, next": reader.actions_of_user("ann", cursor=of_user.next_cursor),
        "ripple's actions": reader.actions_of_ripple(*ripple),
        "ripple's actions, next": reader.actions_of_ripple(*ripple, cursor=of_ripple.next_cursor),
        "last ranks": reader._last_ranks(),
    }
    assert not await reader.wrong_reads(questions, BIG, READ_IN_ORDER)


async def test_a_scan_of_a_whole_table_is_found(reader: PlanReader) -> None:
    """It is by this that the test above would fail."""
    await reader.most_active_user()
    assert wrong_scans(reader.plans[-1], BIG, READ_IN_ORDER)
