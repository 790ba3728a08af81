"""Closes of hours for the oracle: what must be decided, and the rows of `trending_scores` that follow.

`expected_closes` computes them from a log as a plain program; `trending_scores` reads what was decided.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.simulation.oracle_closed_ripple import CLOSED_RIPPLES_MAX, ClosedRipple
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_facts import Facts, Gone, Ripple, Row, final_facts
from tests.simulation.oracle_heat import HALF_LIFE, HOUR, Heat, Warmth, hour_of, rounded, warmths
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_reading import Event
from tests.simulation.oracle_verdicts import Applied, judge

ACTIVE: Final = timedelta(hours=24)
SCORE_PLACES: Final = 6
TOP_RANKS: Final = 10


@dataclass(frozen=True, slots=True)
class Close:
    """An hour, by its beginning, and its ripples by rank."""

    hour: datetime
    entries: tuple[ClosedRipple, ...]

    def ranks(self) -> dict[Ripple, int]:
        """The rank of each ripple in it."""
        return {(entry.wave_id, entry.ripple_id): entry.rank for entry in self.entries}


def expected_closes(
    records: Iterable[LogRecord],
    hours: Iterable[datetime] | None = None,
    *,
    partitions: int = 1,
    half_life: timedelta = HALF_LIFE,
    entries_max: int = CLOSED_RIPPLES_MAX,
) -> list[Close]:
    """The closes of these hours, by their beginning, when all the records are there before the first one.

    Without `hours`: each hour in which something happened, and those after it up to the last one that has
    an active ripple. Hours without one have no close.
    """
    verdicts = judge(records, partitions, DUPLICATE_WINDOW_RECORDS)
    return closes_of(final_facts(verdicts.applied, partitions), hours, half_life, entries_max)


def closes_of(
    facts: Facts,
    hours: Iterable[datetime] | None = None,
    half_life: timedelta = HALF_LIFE,
    entries_max: int = CLOSED_RIPPLES_MAX,
) -> list[Close]:
    """The closes of these hours as `expected_closes` gives them, from what is true at the end of a log."""
    closing = Closing(facts, half_life, entries_max)
    closes: list[Close] = []
    for hour in sorted(closing.hours() if hours is None else set(hours)):
        close = closing.close(hour, closes[-1] if closes else None)
        if close.entries:
            closes.append(close)
    return closes


class Closing:
    """Closes hours by what is true of a log so far; one hour at a time, so that the log may grow between."""

    def __init__(
        self, facts: Facts, half_life: timedelta = HALF_LIFE, entries_max: int = CLOSED_RIPPLES_MAX
    ) -> None:
        self._warmths = list(warmths(facts))
        self._heat = Heat(self._warmths, half_life)
        self._participants = facts.participants()
        self._entries_max = entries_max

    def hours(self) -> set[datetime]:
        """The hours that have a close: those within 24 hours after something happened."""
        active = {hour_of(warmth.at) for warmth in self._warmths}
        return {hour + ahead * HOUR for hour in active for ahead in range(ACTIVE // HOUR)}

    def close(self, hour: datetime, previous: Close | None) -> Close:
        """The close of this hour; `previous` is the latest one of an earlier hour."""
        end = hour + HOUR
        recent = self._recent(end)
        ranks = previous.ranks() if previous else {}
        scores = {ripple: self._heat.score_at_end_of(hour, ripple) for ripple in recent}
        scores = {ripple: rounded(score, SCORE_PLACES) for ripple, score in scores.items()}
        ordered = sorted(recent, key=lambda ripple: (-scores[ripple], ripple))[: self._entries_max]
        return Close(
            hour,
            tuple(
                ClosedRipple(
                    wave_id=ripple[0],
                    ripple_id=ripple[1],
                    rank=place + 1,
                    score=scores[ripple],
                    actions_1h=_actions_since(recent[ripple], hour),
                    actions_24h=_actions_since(recent[ripple], end - ACTIVE),
                    participants=self._participants_before(end, ripple),
                    previous_rank=ranks.get(ripple),
                )
                for place, ripple in enumerate(ordered)
            ),
        )

    def _participants_before(self, end: datetime, ripple: Ripple) -> int:
        return sum(1 for since in self._participants.get(ripple, {}).values() if since < end)

    def _recent(self, end: datetime) -> dict[Ripple, list[Warmth]]:
        """What happened in the 24 hours before, by the ripples that are active therefore."""
        recent: dict[Ripple, list[Warmth]] = defaultdict(list)
        for warmth in self._warmths:
            if end - ACTIVE <= warmth.at < end:
                recent[warmth.ripple].append(warmth)
        return recent


def _actions_since(recent: Sequence[Warmth], first: datetime) -> int:
    return sum(1 for warmth in recent if warmth.kind == "action" and warmth.at >= first)


def decided_closes(applied: Sequence[Applied]) -> list[Close]:
    """The closes that a log holds with all their parts, in the order of their hours."""
    parts = _parts_by_hour(applied)
    return [
        Close(
            hour,
            tuple(entry for part in sorted(parts[hour]) for entry in parts[hour][part].entries),
        )
        for hour in sorted(parts)
        if _is_whole(parts[hour])
    ]


def trending_scores(applied: Sequence[Applied], gone: Gone) -> list[Row]:
    """View `trending_scores`: every ripple of every whole close that is not deleted since."""
    parts = _parts_by_hour(applied)
    peaks: dict[Ripple, int] = {}
    rows: list[Row] = []
    for event in _decisions(applied):
        for entry in event.entries:
            ripple = (entry.wave_id, entry.ripple_id)
            peaks[ripple] = min(entry.rank, peaks.get(ripple, entry.rank))
            if _is_whole(parts[event.hour]) and not gone.holds(ripple):
                rows.append(_trending_score(event.hour, entry, peaks[ripple]))
    return sorted(rows, key=lambda row: (row["hour"], row["rank"], row["wave_id"], row["ripple_id"]))


def _decisions(applied: Iterable[Applied]) -> list[Event]:
    return [entry.event for entry in applied if entry.event.is_decision]


def _parts_by_hour(applied: Iterable[Applied]) -> dict[datetime, dict[int, Event]]:
    parts: dict[datetime, dict[int, Event]] = defaultdict(dict)
    for event in _decisions(applied):
        parts[event.hour][event.part] = event
    return parts


def _is_whole(parts: dict[int, Event]) -> bool:
    return len(parts) == max(event.parts for event in parts.values())


def _trending_score(hour: datetime, entry: ClosedRipple, peak: int) -> Row:
    previous = entry.previous_rank
    return {
        "hour": hour,
        "wave_id": entry.wave_id,
        "ripple_id": entry.ripple_id,
        "rank": entry.rank,
        "score": entry.score.normalize(),
        "actions_1h": entry.actions_1h,
        "actions_24h": entry.actions_24h,
        "participants": entry.participants,
        "in_top_10": entry.rank <= TOP_RANKS,
        "rank_change": None if previous is None else previous - entry.rank,
        "peak_rank": peak,
    }
