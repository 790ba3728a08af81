"""Random decisions of system 4 as the engine makes them: metrics of periods, assignments, reconciliations."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from tests.simulation.random_decisions import random_decision, random_report
from tests.simulation.random_drawing import drawn
from tests.simulation.random_json import Fields, random_uuid
from tests.simulation.rankings_oracle_reading import CATEGORIES
from tests.simulation.rankings_random_world import PERIODS, STUDENTS, RankingsWorld

_SECOND: Final = timedelta(seconds=1)
_UNFINISHED: Final = 0.15
_CROWD: Final = (*STUDENTS, *(f"student-{number}" for number in range(8)))


class RankingsDecisions:
    """Draws the decisions of a log; what they say is made up, only its form is that of a real one."""

    def __init__(self, random: Random, world: RankingsWorld) -> None:
        self._random = random
        self._world = world

    def next_decision(self, now: datetime) -> list[Fields]:
        """The events of the next decision, one for each part; or those of a few seconds that follow."""
        draws = {
            lambda: self._calculations(now): 7,
            lambda: self._assigned(now): 3,
            lambda: [random_report(self._random, "rankings", now)]: 1,
        }
        return drawn(self._random, draws)

    def _calculations(self, now: datetime) -> list[Fields]:
        """Of several seconds, so that an hour has several."""
        second, seconds = now.replace(microsecond=0), self._random.choice((1, 2, 3))
        return [
            event
            for before in reversed(range(seconds))
            for event in self._calculated(second - before * _SECOND)
        ]

    def _calculated(self, at: datetime) -> list[Fields]:
        """All changed periods together, of a large one several parts."""
        chunks: list[Fields] = []
        for period in self._random.sample(PERIODS, self._random.randint(1, len(PERIODS))):
            # It is decided from a state in which some of what was drawn is missing.
            changes = max(0, self._world.period(period).changes - self._random.choice((0, 0, 1, 2, 5)))
            topics = [self._congestion(topic) for topic in self._topics(period)]
            cut = self._random.randint(0, len(topics)) if self._random.random() < 0.2 else 0
            of_period: Fields = {"period_id": period, "changes": changes}
            chunks += [of_period | {"topics": chunk} for chunk in (topics[:cut], topics[cut:]) if chunk]
        return self._parts("metrics_calculated", at, chunks)

    def _topics(self, period: str) -> list[str]:
        known = self._world.topics(period)
        if self._random.random() < 0.2:
            # Removed since, or not there yet.
            known += [*self._world.removed(period)[-1:], "topic to come"]
        return sorted(known)

    def _congestion(self, topic: str) -> Fields:
        students = self._random.choice((0, 1, 2, 5, 146, 2**63 - 1))
        told: Fields = {"topic_id": topic, "students": students}
        if students == 0:
            nothing: Fields = dict.fromkeys(("average", "standard_deviation", "percentile", "category"))
            return told | self._random.choice(({}, nothing))
        average = Decimal(self._random.randint(1_000_000, 9_000_000)).scaleb(-6)
        deviation = Decimal(self._random.randint(0, 4_000_000)).scaleb(-6)
        percentile = self._random.choice((Decimal(0), Decimal("12.5"), Decimal("33.333333"), Decimal(100)))
        told |= {"average": average, "standard_deviation": deviation, "percentile": percentile}
        return told | {"category": self._random.choice(CATEGORIES)}

    def _assigned(self, at: datetime) -> list[Fields]:
        """One run; a part of some is still on its way when the log ends."""
        period = self._random.choice(PERIODS)
        run: Fields = {"period_id": period, "run": random_uuid(self._random), "algorithm": "hungarian"}
        run["cost"] = self._random.choice((0, 347, 2**63 - 1))
        students = sorted(self._random.sample(_CROWD, self._random.randint(1, len(_CROWD))))
        entries = [self._assignment(student, period) for student in students]
        size = self._random.randint(max(1, len(entries) // 3), len(entries))
        chunks = [run | {"assignments": entries[at : at + size]} for at in range(0, len(entries), size)]
        parts = self._parts("algorithm_executed", at, chunks)
        return parts[1:] if self._random.random() < _UNFINISHED else parts

    def _assignment(self, student: str, period: str) -> Fields:
        known = [*self._world.topics(period), *self._world.removed(period)]
        if not known or self._random.random() < 0.2:
            nothing: Fields = {"topic_id": None, "position": None}
            return {"student_id": student} | self._random.choice(({}, nothing))
        position = self._random.choice((None, 1, 2, 9))
        return {"student_id": student, "topic_id": self._random.choice(known), "position": position}

    def _parts(self, name: str, at: datetime, chunks: Sequence[Fields]) -> list[Fields]:
        return [
            random_decision(self._random, f"rankings.{name}", at, part, len(chunks)) | chunk
            for part, chunk in enumerate(chunks)
        ]
