"""Compares closes of hours with those of the oracle: counts exactly, scores and their order nearly."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from tests.simulation.compare_now import SCORE_TOLERANCE, SCORE_TOLERANCE_SHARE, is_same_score
from tests.simulation.oracle_closed_ripple import CLOSED_RIPPLES_MAX, ClosedRipple
from tests.simulation.oracle_closing import Close
from tests.simulation.oracle_facts import Ripple

COUNTS: Final = ("actions_1h", "actions_24h", "participants")


def close_differences(
    found: Sequence[Close], wanted: Sequence[Close], entries_max: int = CLOSED_RIPPLES_MAX
) -> list[str]:
    """A line for each difference; both in the order of their hours.

    Ripples with nearly the same score may stand in any order among them, and a close before it is the one
    that was found, because ranks before were taken from there.
    """
    decided, right = _by_hour(found), _by_hour(wanted)
    lines = [f"close of {hour}: missing" for hour in sorted(right.keys() - decided.keys())]
    lines += [f"close of {hour}: must not be there" for hour in sorted(decided.keys() - right.keys())]
    ranks_before: Mapping[Ripple, int] = {}
    for hour in sorted(decided):
        if hour in right:
            lines += _entry_differences(decided[hour], right[hour], ranks_before, entries_max)
        ranks_before = decided[hour].ranks()
    return lines


def _by_hour(closes: Iterable[Close]) -> dict[datetime, Close]:
    return {close.hour: close for close in closes}


def _entry_differences(
    found: Close, wanted: Close, ranks_before: Mapping[Ripple, int], entries_max: int
) -> list[str]:
    actual = {(entry.wave_id, entry.ripple_id): entry for entry in found.entries}
    right = {(entry.wave_id, entry.ripple_id): entry for entry in wanted.entries}
    lines = []
    if [entry.rank for entry in found.entries] != [*range(1, len(found.entries) + 1)]:
        lines.append(f"close of {found.hour}: ranks are not 1 to {len(found.entries)}, in order")
    edge = wanted.entries[-1].score if len(wanted.entries) == entries_max else None
    for ripple in sorted(actual.keys() | right.keys()):
        name = f"close of {found.hour}, {ripple}"
        if ripple not in actual:
            if edge is None or not _is_tied(right[ripple].score, edge):
                lines.append(f"{name}: missing, must be {right[ripple]}")
        elif ripple not in right:
            if edge is None or not _is_tied(actual[ripple].score, edge):
                lines.append(f"{name}: must not be there: {actual[ripple]}")
        else:
            lines += _differing(name, actual[ripple], right[ripple], wanted)
        if ripple in actual and actual[ripple].previous_rank != ranks_before.get(ripple):
            before = ranks_before.get(ripple)
            lines.append(f"{name}: previous_rank is {actual[ripple].previous_rank}, must be {before}")
    return lines


def _differing(name: str, actual: ClosedRipple, right: ClosedRipple, wanted: Close) -> list[str]:
    lines = [
        f"{name}: {column} is {getattr(actual, column)}, must be {getattr(right, column)}"
        for column in COUNTS
        if getattr(actual, column) != getattr(right, column)
    ]
    if not is_same_score(actual.score, right.score):
        lines.append(f"{name}: score is {actual.score}, must be {right.score}")
    if actual.rank != right.rank:
        rival = wanted.entries[min(actual.rank, len(wanted.entries)) - 1]
        if not _is_tied(rival.score, right.score):
            lines.append(f"{name}: rank is {actual.rank}, must be {right.rank}")
    return lines


def _is_tied(one: Decimal, other: Decimal) -> bool:
    """Whether each being off by the tolerance could have put them in the other order."""
    return abs(one - other) <= 2 * max(SCORE_TOLERANCE, one * SCORE_TOLERANCE_SHARE)
