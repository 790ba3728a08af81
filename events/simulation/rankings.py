"""Simulated events of system 4: students drag topics up and down their lists, and take sessions back.

First periods, topics and students are announced, then there is traffic. A topic that is removed makes room
for a new one, which is met as often as it was. A period that is closed opens again as soon as somebody wants
to rank in it. In the order in which they happen all batches can be taken; late ones are often refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final

from events.simulation.envelopes import Fields
from events.simulation.limits import check_number
from events.simulation.popularity import Remembered, zipf
from events.simulation.simulation import Announcement, Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

PERIODS_MAX: Final = 10_000
TOPICS_PER_PERIOD_MAX: Final = 2_000
"""As many as a period takes."""
TOPICS_MAX: Final = 1_000_000
STUDENTS_PER_PERIOD_MAX: Final = 1_000_000
STUDENTS_MAX: Final = 10_000_000

RANKED_MAX: Final = 10
"""Topics that a student ranks; the last one falls off a list that is full."""
POSITION_MEAN: Final = 3
"""How far below the first place a topic is dropped on average."""
SESSIONS: Final = 0.3
"""Of the moves, those that begin a new session of their student."""
STUDENT_EXPONENT: Final = 0.7
"""Some students move more than others, but nobody makes most of the moves."""
CAPACITY_MAX: Final = 30

Topic = tuple[int, int]
"""Its place, and its number: another number stands in the place once it is removed."""


@dataclass(frozen=True)
class RankingsWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    periods: int = size(3, PERIODS_MAX, "How many.")
    topics_per_period: int = size(
        40, TOPICS_PER_PERIOD_MAX, "How many at a time in each period.", option="--topics"
    )
    students_per_period: int = size(
        300, STUDENTS_PER_PERIOD_MAX, "How many rank in each period.", option="--students"
    )

    def check(self) -> None:
        """Raises WrongUsage for too many topics or students in all too."""
        super().check()
        check_number("topics", self.places, 1, TOPICS_MAX)
        check_number("students", self.students, 1, STUDENTS_MAX)

    @property
    def places(self) -> int:
        """Topics at a time, in all periods together."""
        return self.periods * self.topics_per_period

    @property
    def students(self) -> int:
        """In all periods together."""
        return self.periods * self.students_per_period

    @property
    def announcements(self) -> int:
        """Events that announce what there is."""
        return self.periods + self.places + self.students


@dataclass(slots=True)
class _Ballot:
    """A student's list, the best first; what was removed from the period leaves a gap."""

    topics: list[Topic] = field(default_factory=list)
    session: str | None = None
    before: list[Topic] = field(default_factory=list)
    """The list when the session began."""
    moved: set[Topic] = field(default_factory=set)
    """The topics that the session has changed."""


class RankingsSimulation(Simulation[RankingsWorld]):
    """Simulate system 4: students rank topics by drag and drop, in sessions, and take some of them back.

    Example: groundswell simulate rankings --events 100000 --seed 1 --topics 200 --students 2000
    """

    system = "rankings"
    world_type = RankingsWorld

    def __init__(self, world: RankingsWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        self._student = zipf(random, world.students_per_period, STUDENT_EXPONENT)
        self._ranked_max = min(RANKED_MAX, world.topics_per_period)
        self._ballots: dict[int, _Ballot] = {}
        """By student, of those who moved anything."""
        self._closed: set[int] = set()
        self._sessions = 0
        self._undoable: dict[str, int] = {}
        """By session that is its student's last one: the student."""
        self._retractable = Remembered(random, self._cast)
        """Sessions with the places of their first topics."""

    def _mix(self) -> Mapping[Maker, int]:
        return {
            self._moved: 970,
            self._changed: 12,
            self._registered_again: 6,
            self._removed: 3,
            self._closing: 1,
        }

    def _announcements(self) -> Iterator[Announcement]:
        for period in range(self._world.periods):
            yield partial(self._opened, period)
        for place in range(self._world.places):
            yield partial(self._succeeded, place=place)
        for student in range(self._world.students):
            yield partial(self._registered, student)

    def _opened(self, period: int, at: int) -> Fields:
        self._closed.discard(period)
        return self._of_period("period_opened", at, period) | {"title": f"Period {period}"}

    def _closing(self, at: int, place: int) -> Fields:
        period = self._period(place)
        if period in self._closed:
            return self._opened(period, at)
        self._closed.add(period)
        return self._of_period("period_closed", at, period)

    def _succeeded(self, at: int, place: int) -> Fields:
        event = self._of_topic("topic_created", at, place)
        event["title"] = f"Topic {self._cast.numbers[place]}"
        event["capacity"] = self._capacity()
        return event

    def _changed(self, at: int, place: int) -> Fields:
        return self._of_topic("topic_changed", at, place) | {"capacity": self._capacity()}

    def _removed(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._of_topic, "topic_removed", at))

    def _registered(self, student: int, at: int) -> Fields:
        name = self._student_id(student)
        event = self._envelope("student_registered", at)
        return event | {"student_id": name, "email": f"{name}@students.example"}

    def _registered_again(self, at: int, place: int) -> Fields:
        student = self._somebody(place)
        return self._registered(student, at) | {"email": f"student.{student}@students.example"}

    def _moved(self, at: int, place: int) -> Fields:
        """A topic is dropped somewhere in a list; those below it make room."""
        period, student = self._period(place), self._somebody(place)
        if period in self._closed:
            return self._opened(period, at)
        ballot = self._ballots.setdefault(student, _Ballot())
        if ballot.session is None or self._random.random() < SESSIONS:
            self._begin_session(ballot, student, place)
        topic = place, self._cast.numbers[place]
        standing = [one for one in ballot.topics if one != topic and self._stands(one)]
        position = min(int(self._random.expovariate(1 / POSITION_MEAN)), len(standing), self._ranked_max - 1)
        changed = [*standing[:position], topic, *standing[position:]][: self._ranked_max]
        # Dropped where it was, it is taken off the list.
        updates = self._updates(ballot, changed) or self._updates(ballot, standing)
        return self._by_student("rankings_updated", at, period, student, ballot) | {"updates": updates}

    def _begin_session(self, ballot: _Ballot, student: int, place: int) -> None:
        if ballot.session is not None:
            self._undoable.pop(ballot.session, None)
        self._sessions += 1
        ballot.session = f"session-{self._sessions}"
        ballot.before = ballot.topics
        ballot.moved = set()
        self._undoable[ballot.session] = student
        self._retractable.add(ballot.session, place)

    def _updates(self, ballot: _Ballot, changed: list[Topic]) -> list[Fields]:
        """What makes the list the changed one; empty, and nothing is kept, where it is that already."""
        before = {
            topic: position for position, topic in enumerate(ballot.topics, start=1) if self._stands(topic)
        }
        after = {topic: position for position, topic in enumerate(changed, start=1)}
        moved = [topic for topic in before | after if before.get(topic) != after.get(topic)]
        if moved:
            ballot.topics = changed
            ballot.moved.update(moved)
        return [
            {
                "topic_id": f"topic-{topic[1]}",
                "position": after.get(topic),
                "previous": before.get(topic),
            }
            for topic in moved
        ]

    def _retracted(self, at: int, place: int) -> Fields:
        taken = self._undoable_session()
        if taken is None:
            return self._moved(at, place)
        student, period = taken
        ballot = self._ballots[student]
        event = self._by_student("rankings_undone", at, period, student, ballot)
        ballot.topics, ballot.session = ballot.before, None
        self._made.retracted += 1
        return event

    def _undoable_session(self) -> tuple[int, int] | None:
        """A student whose last session can be taken back, and their period."""
        while taken := self._retractable.take():
            session, place = taken
            student, period = self._undoable.pop(session, None), self._period(place)
            if student is None or period in self._closed:
                continue
            if all(map(self._stands, self._ballots[student].moved)):
                return student, period
        return None

    def _by_student(self, name: str, at: int, period: int, student: int, ballot: _Ballot) -> Fields:
        student_id = self._student_id(student)
        event = self._of_period(name, at, period)
        return event | {
            "actor": student_id,
            "actor_type": "student",
            "session": ballot.session,
            "student_id": student_id,
        }

    def _of_topic(self, name: str, at: int, place: int) -> Fields:
        event = self._of_period(name, at, self._period(place))
        event["topic_id"] = f"topic-{self._cast.numbers[place]}"
        return event

    def _of_period(self, name: str, at: int, period: int) -> Fields:
        event = self._envelope(name, at)
        event["period_id"] = f"period-{self._seed}-{period}"
        return event

    def _period(self, place: int) -> int:
        return place // self._world.topics_per_period

    def _somebody(self, place: int) -> int:
        """A student of the topic's period."""
        return self._period(place) * self._world.students_per_period + self._student()

    def _student_id(self, student: int) -> str:
        return f"student-{self._seed}-{student}"

    def _stands(self, topic: Topic) -> bool:
        return self._cast.numbers[topic[0]] == topic[1]

    def _capacity(self) -> int:
        return 1 + int(self._random.random() * CAPACITY_MAX)


SIMULATION: Final = RankingsSimulation
