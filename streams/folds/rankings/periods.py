"""Students registered; periods opened and closed."""

from typing import Final

from msgspec.structs import replace

from events.rankings import PeriodClosed, PeriodOpened, StudentRegistered
from projections.rankings.rows import Period, Student
from projections.rankings.tables import PERIODS, STUDENTS
from streams.folding import Change, States, put
from streams.folds.rankings.standing import known_period, period_stands, reads_period
from streams.rule import Reads, Rule, stated


def reads_student(event: StudentRegistered, states: States) -> Reads:
    """The student."""
    return ((STUDENTS, (event.student_id,)),)


def registered(event: StudentRegistered, states: States) -> list[Change]:
    """The student stands as said last, since the first time."""
    student = states.get(STUDENTS, (event.student_id,)) or Student(event.student_id, None, event.at)
    return [put(STUDENTS, replace(student, email=event.email, version=student.version + 1))]


def opened(event: PeriodOpened, states: States) -> list[Change]:
    """The period takes rankings, again or for the first time."""
    period = states.get(PERIODS, (event.period_id,)) or Period(event.period_id, event.title, event.at)
    return period_stands(period, replace(period, title=event.title, open=True, closed_at=None))


def closed(event: PeriodClosed, states: States) -> list[Change]:
    """The period takes none."""
    period = known_period(states, event.period_id)
    title = stated(event.title, period.title)
    return period_stands(period, replace(period, title=title, open=False, closed_at=event.at))


STUDENT_REGISTERED: Final = Rule(reads_student, registered)
PERIOD_OPENED: Final = Rule(reads_period, opened)
PERIOD_CLOSED: Final = Rule(reads_period, closed)
