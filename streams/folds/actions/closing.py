"""The close of an hour: who trended at its end, decided once and folded from the log ever after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from events.actions import CLOSED_RIPPLES_MAX, ClosedRipple, HourClosed
from events.codec import EVENT_BYTES_MAX
from events.decisions import decision_id, forged
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
from streams.decisions import Row, ScheduledDecision
from streams.folding import Change, Duplicate, Refused, States, put
from streams.folds.actions.hours import hour_of
from streams.folds.actions.rule import Reads, Rule

PART_BYTES_MAX: Final = EVENT_BYTES_MAX - 1_024
"""What the entries of one part may take; the rest is for the envelope."""
PERIOD: Final = timedelta(hours=1)


def closes(nominal_time: datetime, rows: Sequence[Row]) -> list[HourClosed]:
    """The parts of the decision about the hour that ended then; without rows none, the hour is skipped."""
    parts: list[list[ClosedRipple]] = [[]]
    room = PART_BYTES_MAX
    for row in rows:
        entry = ClosedRipple.model_validate(dict(row))
        size = len(entry.model_dump_json().encode()) + 1
        if size > room or len(parts[-1]) == CLOSED_RIPPLES_MAX:
            parts.append([])
            room = PART_BYTES_MAX
        parts[-1].append(entry)
        room -= size
    return [
        HourClosed.new(
            id=decision_id(HourClosed.type_name(), nominal_time, part),
            at=nominal_time,
            actor_type="system",
            part=part,
            parts=len(parts),
            hour=nominal_time - PERIOD,
            entries=entries,
        )
        for part, entries in enumerate(parts)
        if entries
    ]


def reads_closed(event: HourClosed, states: States) -> Reads:
    """What is folded of the close already, and the best ranks so far."""
    yield CLOSED_HOURS, (hour_of(event.hour),)
    for entry in event.entries:
        yield PEAK_RANKS, (entry.wave_id, entry.ripple_id)


def closed(event: HourClosed, states: States) -> list[Change]:
    """The ranks of this part stand; the hour shows once all parts are here."""
    if (refused := forged(event)) is not None:  # type: ignore[arg-type]
        raise Refused(refused.code, str(refused))
    hour = hour_of(event.hour)
    known = states.get(CLOSED_HOURS, (hour,)) or ClosedHour(hour, event.parts)
    if event.part in known.folded:
        raise Duplicate
    if event.parts != known.parts or event.part >= event.parts:
        reason = f"part {event.part} of {event.parts} does not fit a close of {known.parts} parts"
        raise Refused("not_a_decision", reason)
    folded = tuple(sorted((*known.folded, event.part)))
    changes = [put(CLOSED_HOURS, ClosedHour(hour, known.parts, folded, len(folded) == known.parts))]
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
)
