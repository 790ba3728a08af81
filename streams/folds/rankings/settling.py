"""What ballots add up to: by topic how many students rank it and where, worked out once a flush."""

from collections.abc import Mapping
from typing import Any, Final

from projections.rankings.rows import Ballot
from projections.rankings.tables import BALLOTS, TOPIC_COUNTS, TOPIC_POSITIONS
from projections.tables import StateTable
from streams.folding import EACH, Change, Settle, Weigh

STUDENTS: Final = TOPIC_POSITIONS.index_of("students")


def settle_ballot(before: Ballot | None, after: Ballot | None) -> list[Change]:
    """What moved between two states of a ballot counts elsewhere now."""
    were, are = _positions(before), _positions(after)
    ballot = after or before
    changes: list[Change] = []
    for topic_id in {**were, **are}:
        old, new = were.get(topic_id), are.get(topic_id)
        if old != new:
            assert ballot is not None, "what has positions is a ballot"
            changes += _moved((ballot.period_id, topic_id), old, new)
    return changes


def _positions(ballot: Ballot | None) -> dict[str, int]:
    if ballot is None:
        return {}
    return {entry.topic_id: entry.position for entry in ballot.entries if entry.position is not None}


def _moved(topic: tuple[str, str], old: int | None, new: int | None) -> list[Change]:
    students = (new is not None) - (old is not None)
    was, now = old or 0, new or 0
    changes: list[Change] = [(TOPIC_COUNTS, topic, EACH, (students, now - was, now * now - was * was))]
    if old is not None:
        changes.append((TOPIC_POSITIONS, (*topic, old), STUDENTS, -1))
    if new is not None:
        changes.append((TOPIC_POSITIONS, (*topic, new), STUDENTS, 1))
    return changes


def weight(before: Ballot | None, after: Ballot) -> int:
    """About how many rows follow from a ballot; students of a period share them."""
    return max(0 if before is None else len(before.entries), len(after.entries))


SETTLES: Final[Mapping[StateTable[Any], Settle]] = {BALLOTS: settle_ballot}

WEIGHTS: Final[Mapping[StateTable[Any], Weigh]] = {BALLOTS: weight}
