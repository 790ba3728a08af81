"""The close of an hour: who trended at its end, decided once and folded from the log ever after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from events.actions import CLOSED_RIPPLES_MAX, ClosedRipple, HourClosed
from projections.actions.read_model import DECISIONS
from projections.actions.tables import (
    CLOSED_HOURS,
    MICROS,
    PEAK_RANKS,
    TRENDING_SCORES,
    ClosedHour,
    PeakRank,
    TrendingScore,
)
from streams.decision_packing import in_parts, packed
from streams.decision_parts import folded_with
from streams.decisions import Row, ScheduledDecision
from streams.folding import Change, States, put
from streams.hours import hour_of
from streams.rule import Reads, Rule

PERIOD: Final = timedelta(hours=1)


def closes(nominal_time: datetime, rows: Sequence[Row]) -> list[HourClosed]:
    """The parts of the decision about the hour that ended then; without rows none, the hour is skipped."""
    parts = packed((ClosedRipple.model_validate(dict(row)) for row in rows), CLOSED_RIPPLES_MAX)
    hour = nominal_time - PERIOD
    return in_parts(
        HourClosed, nominal_time, [{"hour": hour, "entries": entries} for entries in parts if entries]
    )


def reads_closed(event: HourClosed, states: States) -> Reads:
    """What is folded of the close already, and the best ranks so far."""
    yield CLOSED_HOURS, (hour_of(event.hour),)
    for entry in event.entries:
        yield PEAK_RANKS, (entry.wave_id, entry.ripple_id)


def closed(event: HourClosed, states: States) -> list[Change]:
    """The ranks of this part stand; the hour shows once all parts are here."""
    hour = hour_of(event.hour)
    folded, complete = folded_with(event, states.get(CLOSED_HOURS, (hour,)))
    changes = [put(CLOSED_HOURS, ClosedHour(hour, event.parts, folded, complete))]
    for entry in event.entries:
        ripple = (entry.wave_id, entry.ripple_id)
        peak = states.get(PEAK_RANKS, ripple)
        best = entry.rank if peak is None else min(peak.rank, entry.rank)
        changes.append(put(PEAK_RANKS, PeakRank(*ripple, best)))
        score = TrendingScore(
            *ripple,
            hour=hour,
            rank=entry.rank,
            score_micros=int(entry.score * MICROS),
            actions_1h=entry.actions_1h,
            actions_24h=entry.actions_24h,
            participants=entry.participants,
            previous_rank=entry.previous_rank,
            peak_rank=best,
        )
        changes.append(put(TRENDING_SCORES, score))
    return changes


HOUR_CLOSED = Rule(reads_closed, closed)

HOUR_CLOSE: Final = ScheduledDecision(
    name="hour_closed",
    period=PERIOD,
    due=DECISIONS / "hours_due.sql",
    rows=DECISIONS / "hour_closed.sql",
    events=closes,
    rows_max=attrgetter("close_ripples"),
)
