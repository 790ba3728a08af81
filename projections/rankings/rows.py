"""The rows that states of system 4 are: each field a column, the first ones the key.

Positions count from 1, which is best. Millionths are of positions, or of the hundred of a percentile. An hour
is the number of whole ones since 1970 in UTC.
"""

from datetime import datetime

import msgspec


class Student(msgspec.Struct, frozen=True, gc=False):
    """A student, since the first registration."""

    student_id: str
    email: str | None
    registered_at: datetime
    version: int = 0


class Period(msgspec.Struct, frozen=True, gc=False):
    """A selection period."""

    period_id: str
    title: str
    opened_at: datetime
    open: bool = True
    closed_at: datetime | None = None
    topics: int = 0
    """Those that are not removed."""
    changes: int = 0
    """How often its topics' metrics have changed: by batches, undos, topics that came or went."""
    calculated_changes: int = 0
    """As of how many changes the metrics were calculated last."""
    calculated_at: datetime | None = None
    calculated_part: int = 0
    """With `calculated_at`: which part of which decision was folded last."""
    version: int = 0

    @property
    def is_stale(self) -> bool:
        """Whether the counts have moved past the calculation."""
        return self.changes != self.calculated_changes


class Topic(msgspec.Struct, frozen=True, gc=False):
    """A topic of a period, with what was calculated of it last; a tombstone once removed."""

    period_id: str
    topic_id: str
    title: str | None = None
    capacity: int = 1
    created_at: datetime | None = None
    percentile_micros: int | None = None
    category: str | None = None
    calculated_at: datetime | None = None
    version: int = 0
    removed: bool = False


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Where a student put a topic last; no position: nowhere any more."""

    topic_id: str
    position: int | None
    previous_position: int | None
    session: str
    updated_at: datetime


class Ballot(msgspec.Struct, frozen=True, gc=False):
    """All that a student ranked in a period, by the topics' ids."""

    period_id: str
    student_id: str
    entries: tuple[Entry, ...] = ()
    changes: int = 0
    """How many changes there were; the number of the last one."""
    version: int = 0


class Before(msgspec.Struct, frozen=True, gc=False):
    """A topic as it stood before a session changed it first; no entry: it had never been ranked."""

    topic_id: str
    entry: Entry | None


class Session(msgspec.Struct, frozen=True, gc=False):
    """What a student's session has changed and can take back."""

    period_id: str
    student_id: str
    session: str
    first_number: int
    """Of its first change."""
    before: tuple[Before, ...] = ()
    interleaved: bool = False
    """Whether it changed a topic again that another session had changed in between."""


class RankingChange(msgspec.Struct, frozen=True, gc=False):
    """A topic moved, in a student's ranking; numbered from 1 in a ballot."""

    period_id: str
    student_id: str
    number: int
    topic_id: str
    old_position: int | None
    new_position: int | None
    session: str
    at: datetime
    event_id: str
    previous_mismatch: bool


class Undo(msgspec.Struct, frozen=True, gc=False):
    """The changes of a session between two numbers, both included, were taken back."""

    period_id: str
    student_id: str
    session: str
    first_number: int
    last_number: int
    at: datetime


class TopicTrend(msgspec.Struct, frozen=True, gc=False):
    """What was calculated of a topic in an hour."""

    period_id: str
    topic_id: str
    hour: int
    calculations: int = 0
    averages: int = 0
    """How many of the calculations had an average."""
    average_micros: int = 0
    """The sum of these."""
    students: int = 0
    """As of the last calculation."""


class AssignmentRun(msgspec.Struct, frozen=True, gc=False):
    """A run of the assignment; shown once all parts of the decision are folded."""

    period_id: str
    run: str
    algorithm: str
    at: datetime
    cost: int
    parts: int
    folded: tuple[int, ...] = ()
    """The numbers of the parts folded so far, in order."""
    complete: bool = False
    students: int = 0
    assigned: int = 0
    """Students with a topic."""


class Assigned(msgspec.Struct, frozen=True, gc=False):
    """What a student got in a run; no topic: there was no room."""

    period_id: str
    run: str
    student_id: str
    topic_id: str | None
    position: int | None
