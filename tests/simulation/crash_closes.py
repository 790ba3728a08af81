"""What must be true of the hours that were closed in a log, whatever was killed meanwhile.

Each hour is decided once. What a close says is told from the log alone where the log stood still meanwhile:
those are the quiet times, in which only decisions were appended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closing import Close, Closing, decided_closes
from tests.simulation.oracle_envelope import Dead, LogRecord, check_decided
from tests.simulation.oracle_facts import Ripple, final_facts
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_reading import read
from tests.simulation.oracle_verdicts import Applied, judge

HOURS_COMPARED_MAX: Final = 60
"""Closes of a quiet time that the log is asked for, drawn from the seed: each takes a walk over all of it."""

Offsets = Mapping[int, int]


@dataclass(frozen=True)
class QuietTime:
    """Between these ends of the partitions nothing but decisions was appended, and every hour before
    ``until`` that was not closed yet was."""

    begins: Offsets
    ends: Offsets
    until: datetime


@dataclass(frozen=True)
class Closed:
    """What became of the closes of a log; ``told`` are those that the log alone tells."""

    closes: int
    told: int
    differences: list[str]


def closing_differences(
    records: Sequence[LogRecord], partitions: int, quiet: Sequence[QuietTime], seed: int
) -> Closed:
    """Compares the closes that a log holds with what the log says about them."""
    applied = judge(records, partitions, DUPLICATE_WINDOW_RECORDS).applied
    decisions = [entry for entry in applied if entry.event.is_decision]
    closes = {close.hour: close for close in decided_closes(applied)}
    lines = _decided_otherwise(records, partitions)
    lines += _part_differences(decisions, closes)
    lines += _rank_differences(decisions, closes)
    told = 0
    for number, time in enumerate(quiet):
        found, more = _told(applied, partitions, time, closes, Random(seed + number))
        told += found
        lines += more
    return Closed(len(closes), told, lines)


def _decided_otherwise(records: Iterable[LogRecord], partitions: int) -> list[str]:
    """A decision may be in the log twice, but only with the same words."""
    said: dict[tuple[datetime, int], set[bytes]] = {}
    for record in records:
        if b"hour_closed" not in (record.value or b""):
            continue
        try:
            event, _ = read(record, partitions)
            check_decided(event.type, event.id, event.at, event.part)
        except Dead:
            continue
        said.setdefault((event.hour, event.part), set()).add(record.value or b"")
    return [
        f"close of {hour}, part {part}: {len(values)} different decisions are in the log"
        for (hour, part), values in sorted(said.items())
        if len(values) > 1
    ]


def _part_differences(decisions: Sequence[Applied], closes: Mapping[datetime, Close]) -> list[str]:
    """Each hour with all its parts, all of which tell the same number of them."""
    lines = []
    parts: dict[datetime, set[int]] = {}
    for entry in decisions:
        parts.setdefault(entry.event.hour, set()).add(entry.event.parts)
    for hour, numbers in sorted(parts.items()):
        if len(numbers) > 1:
            lines.append(f"close of {hour}: its parts say that there are {sorted(numbers)} of them")
        if hour not in closes:
            lines.append(f"close of {hour}: not all of its parts are in the log")
    return lines


def _rank_differences(decisions: Sequence[Applied], closes: Mapping[datetime, Close]) -> list[str]:
    """Ranks from 1 on in order, and ranks before as in the close before.

    That is the newest one of an earlier hour: of those that had been decided, which the log's order tells
    nearly; a relay that was killed may have sent two times of deciding in one go, in the order of hours.
    """
    lines = []
    first_part = [entry.event.hour for entry in decisions if entry.event.part == 0]
    known: list[datetime] = []
    for hour in first_part:
        close = closes.get(hour)
        if close is None:
            continue
        if [entry.rank for entry in close.entries] != [*range(1, len(close.entries) + 1)]:
            lines.append(f"close of {hour}: ranks are not 1 to {len(close.entries)}, in order")
        befores = (_newest_before(hour, known), _newest_before(hour, closes))
        if not any(_is_ranked_by(close, closes[before].ranks() if before else {}) for before in befores):
            lines.append(f"close of {hour}: the ranks before are not those of {befores[0]} or {befores[1]}")
        known.append(hour)
    return lines


def _newest_before(hour: datetime, hours: Iterable[datetime]) -> datetime | None:
    return max((one for one in hours if one < hour), default=None)


def _is_ranked_by(close: Close, ranks: Mapping[Ripple, int]) -> bool:
    return all(entry.previous_rank == ranks.get((entry.wave_id, entry.ripple_id)) for entry in close.entries)


def _told(
    applied: Sequence[Applied],
    partitions: int,
    time: QuietTime,
    closes: Mapping[datetime, Close],
    random: Random,
) -> tuple[int, list[str]]:
    """How many closes of a quiet time were compared with the log as it stood, and what differs."""
    before = [entry for entry in applied if entry.offset < time.begins.get(entry.partition, 0)]
    closing = Closing(final_facts(before, partitions))
    decided_before = {entry.event.hour for entry in before if entry.event.is_decision}
    decided = {
        entry.event.hour
        for entry in applied
        if entry.event.is_decision
        and time.begins.get(entry.partition, 0) <= entry.offset < time.ends.get(entry.partition, 0)
    } - decided_before
    due = {hour for hour in closing.hours() if hour < time.until} - decided_before
    lines = [f"close of {hour}: was due in a quiet time and is missing" for hour in sorted(due - decided)]
    for hour in random.sample(sorted(decided), min(len(decided), HOURS_COMPARED_MAX)):
        if hour in closes:
            lines += _told_differences(closes[hour], closing)
    return min(len(decided), HOURS_COMPARED_MAX), lines


def _told_differences(found: Close, closing: Closing) -> list[str]:
    """All but the ranks before, which are compared with the close before."""
    wanted = closing.close(found.hour, None)
    if not wanted.entries:
        return [f"close of {found.hour}: nobody was active then"]
    lines = close_differences([found], [wanted])
    return [line for line in lines if ": previous_rank is " not in line]
