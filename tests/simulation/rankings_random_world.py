"""Valid events of a small world in which a few students rank the topics of a few periods, again and again."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from random import Random
from typing import ClassVar, Final

from tests.simulation.oracle_envelope import DECISIONS_KEY, Dead, LogRecord
from tests.simulation.random_drawing import (
    DrawnWorld,
    junk_id,
    some,
    sometimes,
    zipf_choice,
)
from tests.simulation.random_json import Fields
from tests.simulation.rankings_oracle_ballot import Ballot
from tests.simulation.rankings_oracle_facts import Facts
from tests.simulation.rankings_oracle_period import Period
from tests.simulation.rankings_oracle_reading import READING

PERIODS: Final = ("autumn", 'ß "{}", 1', "p" * 300)
STUDENTS: Final = ("ada", "Jürgen ✊", "a,b{}", "s" * 300, "NULL", "grace")
_TOPICS: Final = ("databases-{}", "Ä{}\\ %s", "#:{}", "{{t,{}}}", "t" * 290 + "-{:03}")
_TITLES: Final = ("Databases", "T" * 300, "Strömungen 🌊", "'q' _x_ 50%")
_TOPICS_FIRST: Final = 4
_TOPICS_MAX: Final = 7
_OPENED_AGAIN: Final = 0.2


def key_of(fields: Fields) -> str:
    """The key that an event of system 4 belongs to."""
    return str(fields.get("period_id") or fields.get("student_id") or DECISIONS_KEY)


class RankingsWorld(DrawnWorld):
    """A few students, and periods with their topics.

    It asks the oracle what would stand if all came in the order in which it was drawn, to draw what is mostly
    possible.
    """

    system: ClassVar[str] = "rankings"

    def __init__(self, random: Random, base: datetime) -> None:
        super().__init__(random, base)
        self._made = 0
        self._facts = Facts()
        self._beginning: list[Callable[[], Fields]] = []
        for period in reversed(PERIODS):
            self._beginning += [partial(self._created, period)] * _TOPICS_FIRST
            self._beginning.append(partial(self._opened, period))
        self._draws = {
            self._registered: 4,
            self._opened_again: 1,
            self._closed: 1.5,
            self._created_any: 4,
            self._created_again: 1,
            self._changed: 3,
            self._removed: 1.5,
            self._moved: 30,
            self._swapped: 16,
            self._reordered: 8,
            self._wild: 8,
            self._undone: 18,
        }

    def event(self, now: datetime) -> Fields:
        """The next event, as the fields of its JSON object; it happens about `now`, or earlier."""
        fields = super().event(now)
        self._learn(fields)
        return fields

    def period(self, period_id: str) -> Period:
        """As it would stand."""
        return self._facts.periods.get(period_id) or Period(period_id, self._now)

    def topics(self, period_id: str) -> list[str]:
        """Those that can be ranked."""
        return [*self.period(period_id).live()]

    def removed(self, period_id: str) -> list[str]:
        """Those that were removed."""
        return [topic.id for topic in self.period(period_id).topics.values() if topic.removed]

    def ranking(self, now: datetime) -> Fields:
        """A valid batch but that its period was never opened: what junk is made from."""
        self._now = now
        session: Fields = {"session": "s-1", "student_id": STUDENTS[0], "period_id": junk_id(self._random)}
        update: Fields = {"topic_id": "databases", "position": 1}
        return self._envelope("rankings_updated") | session | {"updates": [update]}

    def topic(self, now: datetime) -> Fields:
        """A valid topic but that its period was never opened."""
        self._now = now
        of_topic = {"period_id": junk_id(self._random), "topic_id": "databases"}
        return self._envelope("topic_created") | of_topic | {"title": "Databases"}

    def opening(self, now: datetime) -> Fields:
        """A period that is opened and never drawn again."""
        self._now = now
        return self._envelope("period_opened") | {"period_id": junk_id(self._random), "title": "Autumn"}

    def student(self, now: datetime) -> Fields:
        """A student who is never drawn again."""
        self._now = now
        return self._envelope("student_registered") | {"student_id": junk_id(self._random)}

    def _drawn(self) -> Fields:
        if self._beginning:
            return self._beginning.pop()()
        closed = [name for name, period in self._facts.periods.items() if not period.open]
        if closed and self._random.random() < _OPENED_AGAIN:
            return self._opened(self._random.choice(closed))
        return super()._drawn()

    def _learn(self, fields: Fields) -> None:
        appended_ms = int(self._now.timestamp() * 1000)
        try:
            event, _ = READING.read(LogRecord(0, 0, appended_ms, None, json.dumps(fields).encode()), 1)
            self._facts.is_duplicate(event)
            self._facts.learn(event)
        except Dead:
            return

    def _ballot(self, period: str, student: str) -> Ballot:
        return self.period(period).ballots.get(student) or Ballot()

    def _places(self, period: str, student: str) -> dict[str, int]:
        return self._ballot(period, student).positions(self.period(period).live().keys())

    def _of_period(self, name: str, period: str) -> Fields:
        return self._envelope(name) | {"period_id": period}

    def _period(self) -> str:
        return zipf_choice(self._random, PERIODS)

    def _title(self) -> str:
        return self._random.choice(_TITLES)

    def _capacity(self) -> int:
        return self._random.choice((1, 2, 17, 1_000_000))

    def _registered(self) -> Fields:
        email = self._random.choice((None, "ada@students.example", "e" * 254))
        fields = self._envelope("student_registered") | {"student_id": zipf_choice(self._random, STUDENTS)}
        return sometimes(self._random, fields, email=email)

    def _opened(self, period: str) -> Fields:
        return self._of_period("period_opened", period) | {"title": self._title()}

    def _opened_again(self) -> Fields:
        return self._opened(self._period())

    def _closed(self) -> Fields:
        title = self._random.choice((None, self._title()))
        return sometimes(self._random, self._of_period("period_closed", self._period()), title=title)

    def _created(self, period: str) -> Fields:
        topic = _TOPICS[self._made % len(_TOPICS)].format(self._made)
        self._made += 1
        fields = self._of_period("topic_created", period) | {"topic_id": topic, "title": self._title()}
        return sometimes(self._random, fields, capacity=self._capacity())

    def _created_any(self) -> Fields:
        period = self._period()
        return self._created(period) if len(self.topics(period)) < _TOPICS_MAX else self._removed()

    def _created_again(self) -> Fields:
        fields = self._of_topic("topic_created") | {"title": self._title()}
        return sometimes(self._random, fields, capacity=self._capacity())

    def _changed(self) -> Fields:
        changes: Fields = {"title": self._title(), "capacity": self._capacity()}
        return some(self._random, self._of_topic("topic_changed"), changes)

    def _removed(self) -> Fields:
        return self._of_topic("topic_removed")

    def _of_topic(self, name: str) -> Fields:
        period = self._period()
        return self._of_period(name, period) | {"topic_id": self._any_topic(period)}

    def _any_topic(self, period: str) -> str:
        """Mostly one that stands."""
        chance = self._random.random()
        known = self.topics(period) if chance < 0.9 else self.removed(period)
        return self._random.choice(known) if known and chance < 0.96 else "never created"

    def _moved(self) -> Fields:
        period, student = self._period(), zipf_choice(self._random, STUDENTS)
        stand, topics = self._places(period, student), self.topics(period)
        if not topics:
            return self._created(period)
        moved = self._random.sample(topics, min(len(topics), self._random.choice((1, 1, 2, 3))))
        taken = {place for topic, place in stand.items() if topic not in moved}
        free = [place for place in range(1, len(topics) + 1) if place not in taken]
        places = dict(zip(moved, self._random.sample(free, len(moved)), strict=True))
        taken_back = [topic for topic in moved if topic in stand and self._random.random() < 0.25]
        return self._batch(period, student, places | dict.fromkeys(taken_back))

    def _swapped(self) -> Fields:
        period, student = self._period(), zipf_choice(self._random, STUDENTS)
        stand = self._places(period, student)
        if len(stand) < 2:
            return self._moved()
        one, other = self._random.sample(sorted(stand), 2)
        return self._batch(period, student, {one: stand[other], other: stand[one]})

    def _reordered(self) -> Fields:
        period, student = self._period(), zipf_choice(self._random, STUDENTS)
        topics = self.topics(period)
        if not topics:
            return self._created(period)
        places = self._random.sample(range(1, len(topics) + 1), len(topics))
        return self._batch(period, student, dict(zip(topics, places, strict=True)))

    def _wild(self) -> Fields:
        """Whatever comes to mind: nothing says that it is possible."""
        period, student = self._period(), zipf_choice(self._random, STUDENTS)
        most = len(self.topics(period)) + 1
        named = {self._any_topic(period) for _ in range(self._random.randint(1, 4))}
        places = {topic: self._random.choice((None, *range(1, most + 1))) for topic in sorted(named)}
        return self._batch(period, student, places)

    def _batch(self, period: str, student: str, places: Mapping[str, int | None]) -> Fields:
        stand = self._places(period, student)
        updates = [self._update(stand, *update) for update in places.items()]
        session = self._session(period, student)
        return self._of_session("rankings_updated", period, student, session) | {"updates": updates}

    def _update(self, stand: Mapping[str, int], topic: str, place: int | None) -> Fields:
        update: Fields = {"topic_id": topic, "position": place}
        if self._random.random() < 0.5:
            stood = stand.get(topic)
            update["previous"] = stood if self._random.random() < 0.8 else self._random.choice((None, 1, 9))
        return update

    def _sessions(self, period: str, student: str) -> list[str]:
        """Those that can be taken back or stand in the way of it, the newest last."""
        return [change.session for change in self._ballot(period, student).changes if not change.undone]

    def _session(self, period: str, student: str) -> str:
        """The one of the time before, another one that is still open, or a new one."""
        known = self._sessions(period, student)
        chance = self._random.random()
        if not known or chance < 0.3:
            return f"s-{self._random.randint(1, 30)}"
        return self._random.choice(known) if chance < 0.45 else known[-1]

    def _undone(self) -> Fields:
        period, student = self._period(), zipf_choice(self._random, STUDENTS)
        known = self._sessions(period, student)
        if not known and self._random.random() < 0.9:
            return self._moved()
        session = "never seen"
        if known and self._random.random() < 0.95:
            session = known[-1] if self._random.random() < 0.6 else self._random.choice(known)
        return self._of_session("rankings_undone", period, student, session)

    def _of_session(self, name: str, period: str, student: str, session: str) -> Fields:
        return self._of_period(name, period) | {"student_id": student, "session": session}
