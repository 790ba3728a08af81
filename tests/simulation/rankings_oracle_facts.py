"""What was told of system 4, period by period and student by student, and the rules that it obeys."""

from dataclasses import dataclass
from datetime import datetime

from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_event import ToldEvent
from tests.simulation.rankings_oracle_period import Period
from tests.simulation.rankings_oracle_reading import READING


@dataclass(slots=True)
class Student:
    """A student who registered."""

    id: str
    registered_at: datetime
    email: str | None = None
    version: int = 0


class Facts:
    """Everything that was told. Obeys `oracle_judging.Rules`."""

    def __init__(self) -> None:
        self.periods: dict[str, Period] = {}
        self.students: dict[str, Student] = {}
        self.reconciled: list[ToldEvent] = []

    def read(self, record: LogRecord, partitions: int) -> tuple[ToldEvent, bool]:
        """The record by itself."""
        return READING.read(record, partitions)

    def is_duplicate(self, event: ToldEvent) -> bool:
        """Whether a decision was there before. Raises `Dead` when the event is refused."""
        if event.name == "reconciled":
            return event.id in {decision.id for decision in self.reconciled}
        if event.name == "student_registered":
            return False
        period = self.periods.get(event.key)
        if period is not None:
            return period.is_duplicate(event)
        if event.name != "period_opened":
            raise Dead("refused", "unknown_period", f"{event.key!r} was never opened")
        return False

    def learn(self, event: ToldEvent) -> None:
        """Takes in an event that is applied."""
        match event.name:
            case "reconciled":
                self.reconciled.append(event)
            case "student_registered":
                student = self.students.setdefault(event.key, Student(event.key, event.at))
                student.email = event.given.get("email")
                student.version += 1
            case _:
                self.periods.setdefault(event.key, Period(event.key, event.at)).apply(event)
