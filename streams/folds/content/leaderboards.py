"""The leaderboards of an hour: decided once, folded from the log ever after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, product
from operator import itemgetter
from typing import Final

from events import content_decisions as decided
from events.content import LeaderboardClosed
from projections.content.read_model import DECISIONS
from projections.content.rows import LeaderboardHour, LeaderboardPlace
from projections.content.tables import LEADERBOARD_HOURS, LEADERBOARDS
from streams.decision_packing import in_parts, packed
from streams.decision_parts import folded_with
from streams.decisions import Row, ScheduledDecision
from streams.folding import Change, States, put
from streams.hours import hour_of
from streams.rule import Reads, Rule

CENTS: Final = 100
"""Impact is kept in hundredths."""
PERIOD: Final = timedelta(hours=1)


def closes(nominal_time: datetime, rows: Sequence[Row]) -> list[LeaderboardClosed]:
    """The leaderboards of the hour that ended then, each a part, also those without places. ``rows`` come in
    the order of the lists, then of the ranks."""
    by_list = {name: list(found) for name, found in groupby(rows, key=itemgetter("period", "kind", "sort"))}
    lists = product(decided.LEADERBOARD_PERIODS, decided.LEADERBOARD_KINDS, decided.LEADERBOARD_SORTS)
    hour = nominal_time - PERIOD
    parts = [
        {"hour": hour, "period": name[0], "kind": name[1], "sort": name[2], "entries": entries}
        for name in lists
        for entries in packed((_place(row) for row in by_list.get(name, ())), decided.LEADERBOARD_PLACES_MAX)
    ]
    return in_parts(LeaderboardClosed, nominal_time, parts)


def _place(row: Row) -> decided.LeaderboardPlace:
    return decided.LeaderboardPlace(**{name: row[name] for name in decided.LeaderboardPlace.model_fields})


def reads_closed(event: LeaderboardClosed, states: States) -> Reads:
    """What is folded of the close already."""
    return ((LEADERBOARD_HOURS, (hour_of(event.hour),)),)


def closed(event: LeaderboardClosed, states: States) -> list[Change]:
    """The places of this part stand; the hour shows once all parts are here."""
    hour = hour_of(event.hour)
    folded, complete = folded_with(event, states.get(LEADERBOARD_HOURS, (hour,)))
    unit = CENTS if event.sort == "impact" else 1
    changes = [put(LEADERBOARD_HOURS, LeaderboardHour(hour, event.parts, folded, complete))]
    for entry in event.entries:
        place = LeaderboardPlace(
            event.period,
            event.kind,
            event.sort,
            hour,
            entry.rank,
            entry.id,
            in_units(entry.value, unit),
            entry.previous_rank,
        )
        changes.append(put(LEADERBOARDS, place))
    return changes


def in_units(value: Decimal, unit: int) -> Decimal:
    """The value in whole parts of which ``unit`` are one; exact, however large."""
    numerator, denominator = value.as_integer_ratio()
    return Decimal(numerator * unit // denominator)


LEADERBOARD_CLOSED: Final = Rule(reads_closed, closed)

LEADERBOARD_CLOSE: Final = ScheduledDecision(
    name="leaderboard_closed",
    period=PERIOD,
    due=DECISIONS / "leaderboards_due.sql",
    rows=DECISIONS / "leaderboards.sql",
    events=closes,
    is_wide=True,
)
"""Of the last hour that ended. Hours missed are not made up: totals have moved on since."""
