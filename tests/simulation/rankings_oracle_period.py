"""A selection period of system 4: its topics, its students' ballots, and what was decided about it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tests.simulation.oracle_envelope import Dead
from tests.simulation.oracle_event import ToldEvent
from tests.simulation.oracle_heat import hour_of
from tests.simulation.rankings_oracle_ballot import Ballot

_CALCULATED: Final = ("percentile", "category")


@dataclass(slots=True)
class Trend:
    """What was calculated of a topic within an hour: all averages, and how many students the last one saw."""

    averages: list[Decimal | None] = field(default_factory=list)
    students: int = 0


@dataclass(slots=True)
class Topic:
    """A topic, and what the last decision said of it."""

    id: str
    created_at: datetime
    title: str = ""
    capacity: int = 1
    removed: bool = False
    version: int = 0
    calculated: Mapping[str, Any] = field(default_factory=dict)
    calculated_at: datetime | None = None
    trends: defaultdict[datetime, Trend] = field(default_factory=lambda: defaultdict(Trend))


@dataclass(slots=True)
class Run:
    """An assignment, as far as its parts are there."""

    first: ToldEvent
    parts: dict[int, ToldEvent] = field(default_factory=dict)


@dataclass(slots=True)
class Period:
    """A period that was opened; `changes` counts what moves metrics."""

    id: str
    opened_at: datetime
    title: str = ""
    open: bool = True
    closed_at: datetime | None = None
    changes: int = 0
    version: int = 0
    calculated_changes: int = 0
    calculated: tuple[datetime, int] | None = None
    topics: dict[str, Topic] = field(default_factory=dict)
    ballots: dict[str, Ballot] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def live(self) -> dict[str, Topic]:
        """The topics that were not removed, by id."""
        return {name: topic for name, topic in sorted(self.topics.items()) if not topic.removed}

    def is_duplicate(self, event: ToldEvent) -> bool:
        """Whether a decision was there before. Raises `Dead` when the event is refused."""
        match event.name:
            case "metrics_calculated":
                return self.calculated is not None and (event.at, event.part) <= self.calculated
            case "algorithm_executed":
                return self._was_run(event)
            case "topic_created" | "topic_changed" | "topic_removed":
                self._check_topic(event.given["topic_id"], is_new=event.name == "topic_created")
            case "rankings_updated" | "rankings_undone":
                self._check_ballot(event)
            case _:
                pass
        return False

    def apply(self, event: ToldEvent) -> None:
        """Takes in an event that was not refused."""
        self.version += 1
        match event.name:
            case "period_opened":
                self.title, self.open, self.closed_at = event.given["title"], True, None
            case "period_closed":
                self.title = event.given.get("title") or self.title
                self.open, self.closed_at = False, event.at
            case "topic_created" | "topic_changed" | "topic_removed":
                self._apply_topic(event)
            case "rankings_updated":
                self.changes += self._ballot(event).update(event)
            case "rankings_undone":
                self._ballot(event).undo(str(event.session))
                self.changes += 1
            case "metrics_calculated":
                self._calculate(event)
            case "algorithm_executed":
                self.runs.setdefault(event.given["run"], Run(event)).parts[event.part] = event
            case _:
                raise AssertionError(event.type)

    def _check_topic(self, name: str, *, is_new: bool = False) -> None:
        topic = self.topics.get(name)
        if topic is None and not is_new:
            raise Dead("refused", "unknown_topic", f"{name!r} of {self.id!r}")
        if topic is not None and topic.removed:
            raise Dead("refused", "removed", f"{name!r} of {self.id!r}")

    def _check_ballot(self, event: ToldEvent) -> None:
        if not self.open:
            raise Dead("refused", "period_closed", f"{self.id!r}")
        live = self.live()
        ballot = self.ballots.get(event.given["student_id"], Ballot())
        if event.name == "rankings_undone":
            ballot.check_undo(str(event.session), live.keys())
            return
        for update in event.given["updates"]:
            self._check_topic(update["topic_id"])
            if update["position"] is not None and update["position"] > len(live):
                raise Dead("refused", "position_out_of_range", f"{update} of {len(live)}")
        ballot.check_update(event, live.keys())

    def _was_run(self, event: ToldEvent) -> bool:
        run = self.runs.get(event.given["run"])
        if run is None:
            return False
        if event.part not in run.parts and event.given["parts"] != run.first.given["parts"]:
            raise Dead("refused", "not_a_decision", f"{event.given['run']!r} has other parts")
        return event.part in run.parts

    def _ballot(self, event: ToldEvent) -> Ballot:
        return self.ballots.setdefault(event.given["student_id"], Ballot())

    def _apply_topic(self, event: ToldEvent) -> None:
        name = event.given["topic_id"]
        self.changes += event.name == "topic_removed" or name not in self.topics
        topic = self.topics.setdefault(name, Topic(name, event.at))
        topic.version += 1
        topic.removed = event.name == "topic_removed"
        if event.name == "topic_created":
            topic.capacity = 1
        topic.title = event.given.get("title", topic.title)
        topic.capacity = event.given.get("capacity", topic.capacity)

    def _calculate(self, event: ToldEvent) -> None:
        self.calculated = (event.at, event.part)
        # A calculation cannot be of changes that have not been.
        newest = max(self.calculated_changes, event.given["changes"])
        self.calculated_changes = min(self.changes, newest)
        live = self.live()
        for told in event.given["topics"]:
            if (topic := live.get(told["topic_id"])) is None:
                continue
            topic.version += 1
            topic.calculated = {name: told.get(name) for name in _CALCULATED}
            topic.calculated_at = event.at
            trend = topic.trends[hour_of(event.at)]
            trend.averages.append(told.get("average"))
            trend.students = told["students"]
