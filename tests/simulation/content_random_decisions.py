"""Random decisions of system 2 as the engine makes them: leaderboards in parts, and reconciliations."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Final

from tests.simulation.content_oracle_reading import KINDS, PERIODS, SORTS
from tests.simulation.content_random_world import CREATORS, FORMS, SOUNDS, ContentWorld
from tests.simulation.random_decisions import random_decision, random_report
from tests.simulation.random_json import Fields, written_instant

_HOUR: Final = timedelta(hours=1)
_HOURS_BEFORE_BASE: Final = 48
_HOURS_AHEAD: Final = (1, 1, 1, 2, 5)
_LISTS: Final = tuple(product(PERIODS, KINDS, SORTS))
_PLACES_MAX: Final = 8
_UNFINISHED: Final = 0.15


class ContentDecisions:
    """Draws the decisions of a log; what they say is made up, only its form is that of a real one."""

    def __init__(self, random: Random, world: ContentWorld, base: datetime) -> None:
        self._random = random
        self._world = world
        self._hour = base.replace(minute=0, second=0, microsecond=0) - _HOURS_BEFORE_BASE * _HOUR

    def next_decision(self, now: datetime) -> list[Fields]:
        """The events of the next decision, one for each part; none while its hour has not ended."""
        end = self._hour + _HOUR
        if end > now:
            return []
        self._hour += self._random.choice(_HOURS_AHEAD) * _HOUR
        if self._random.random() < 0.2:
            at = end + timedelta(microseconds=self._random.randint(0, 10**9))
            return [random_report(self._random, "content", at)]
        lists = self._random.sample(_LISTS, self._random.choice((1, 2, 3, 6)))
        made = [
            random_decision(self._random, "content.leaderboard_closed", end, part, len(lists))
            | {"period": period, "kind": kind, "sort": sort}
            | {"hour": written_instant(self._random, end - _HOUR), "entries": self._entries(kind, sort)}
            for part, (period, kind, sort) in enumerate(lists)
        ]
        # Of some a part is still on its way when the log ends.
        return made[1:] if self._random.random() < _UNFINISHED else made

    def _entries(self, kind: str, sort: str) -> list[Fields]:
        pools = {"video": self._world.videos.ids, "community": self._world.communities.ids}
        others = {"creator": CREATORS, "sound": SOUNDS, "hashtag": FORMS}
        pool = [*(pools.get(kind) or others[kind])]
        ids = self._random.sample(pool, self._random.randint(0, min(_PLACES_MAX, len(pool))))
        values = sorted((self._value(sort) for _ in ids), reverse=True)
        return [
            self._entry(rank, *entry) for rank, entry in enumerate(zip(ids, values, strict=True), start=1)
        ]

    def _entry(self, rank: int, thing_id: str, value: Decimal) -> Fields:
        entry: Fields = {"id": thing_id, "rank": rank, "value": value}
        if self._random.random() < 0.7:
            entry["previous_rank"] = self._random.choice((None, 1, 17, 100))
        return entry

    def _value(self, sort: str) -> Decimal:
        number = Decimal(self._random.randint(0, 10 ** self._random.choice((1, 6, 20))))
        return number.scaleb(-2) if sort == "impact" else number
