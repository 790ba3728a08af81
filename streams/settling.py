"""Settling: what follows from rows, worked out for each row once before a flush instead of once for each
event.

A video that was viewed ten thousand times since the last flush moves the totals of its creator once. What a
row brings to others depends on the row alone, so the difference between what it brought before and what it
brings now is what all of its events together brought.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from projections.tables import StateTable
from streams.folding import EACH, FOLLOW, WHOLE, Change, Settle
from streams.gathering import Gathering

CHANGES_BETWEEN_PAUSES: Final = 5_000
"""Changes made without letting anything else run: about 10 ms."""


async def settle(gathering: Gathering, settles: Mapping[StateTable[Any], Settle]) -> None:
    """Adds to a frozen gathering what follows from its rows. Whatever a system's rules raise comes through:
    the gathering is of no use then."""
    changed = 0
    for table, follows in settles.items():
        now = gathering.states[table]
        for key, before in gathering.before.pop(table).items():
            changed += _put(gathering, follows(before, now[key]))
            if changed >= CHANGES_BETWEEN_PAUSES:
                changed = 0
                await asyncio.sleep(0)


def _put(gathering: Gathering, changes: Sequence[Change]) -> int:
    """Makes the changes; answers how many those are."""
    for table, key, column, value in changes:
        if column == WHOLE:
            gathering.states[table][key] = value
        elif column == FOLLOW:
            gathering.followed[table].add(key)
            # Merged even if nothing is added: what follows is computed with the row locked.
            gathering.counters[table][key]
        elif column == EACH:
            gathering.bring(table, key, value)
        else:
            sums = [0] * len(table.sums)
            sums[column] = value
            gathering.bring(table, key, sums)
    return len(changes)
