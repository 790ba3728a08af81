"""Random closes of hours, as the engine decides them: one after another, in parts, with ranks that move."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_json import Fields, written_instant
from tests.simulation.random_world import World

_HOUR = timedelta(hours=1)
_HOURS_BEFORE_BASE = 48
_HOURS_AHEAD = (1, 1, 1, 1, 2, 5)
_RIPPLES_MAX = 25
_PARTS = (1, 1, 2, 3)

Ripple = tuple[str, str]


class Closes:
    """Draws the closes of a log; what they say is made up, only its form is that of a real decision."""

    def __init__(self, random: Random, world: World, base: datetime) -> None:
        self._random = random
        self._world = world
        self._hour = base.replace(minute=0, second=0, microsecond=0) - _HOURS_BEFORE_BASE * _HOUR
        self._ranks: dict[Ripple, int] = {}

    def next_close(self, now: datetime) -> list[Fields]:
        """The events of the next close, one for each part; none while its hour has not ended."""
        end = self._hour + _HOUR
        if end > now:
            return []
        entries = self._entries()
        parts = min(self._random.choice(_PARTS), len(entries))
        events = [
            self._part(end, part, parts, inner)
            for part, inner in enumerate(_cut(self._random, entries, parts))
        ]
        self._ranks = {
            (str(entry["wave_id"]), str(entry["ripple_id"])): int(str(entry["rank"])) for entry in entries
        }
        self._hour += self._random.choice(_HOURS_AHEAD) * _HOUR
        return events

    def _entries(self) -> list[Fields]:
        known = [(wave, ripple) for wave, ripples in self._world.ripples.items() for ripple in ripples]
        ripples = self._random.sample(known, min(len(known), self._random.randint(1, _RIPPLES_MAX)))
        scores = sorted((self._score() for _ in ripples), reverse=True)
        return [
            self._entry(ripple, place + 1, score)
            for place, (ripple, score) in enumerate(zip(ripples, scores, strict=True))
        ]

    def _entry(self, ripple: Ripple, rank: int, score: Decimal) -> Fields:
        actions = self._random.randint(0, 50)
        entry: Fields = {"wave_id": ripple[0], "ripple_id": ripple[1], "rank": rank, "score": score}
        entry |= {"actions_1h": actions // 3, "actions_24h": actions, "participants": actions // 2}
        previous = self._ranks.get(ripple)
        if previous is not None or self._random.random() < 0.5:
            entry["previous_rank"] = previous
        return entry

    def _score(self) -> Decimal:
        return Decimal(self._random.randint(0, 10 ** self._random.randint(1, 11))).scaleb(-6)

    def _part(self, end: datetime, part: int, parts: int, entries: Iterable[Fields]) -> Fields:
        event: Fields = {
            "id": str(decision_id("actions.hour_closed", end, part)),
            "type": "actions.hour_closed",
            "v": 1,
            "at": written_instant(self._random, end),
            "hour": written_instant(self._random, end - _HOUR),
            "part": part,
            "parts": parts,
            "entries": list(entries),
        }
        if self._random.random() < 0.8:
            event["actor_type"] = "system"
        return event


def _cut(random: Random, entries: list[Fields], parts: int) -> list[list[Fields]]:
    """The entries in so many pieces, in order, none of them empty."""
    edges = [0, *sorted(random.sample(range(1, len(entries)), parts - 1)), len(entries)]
    return [entries[first:last] for first, last in pairwise(edges)]
