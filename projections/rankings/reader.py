"""The questions that programs and people ask of system 4, answered from the stable views."""

from pathlib import Path
from typing import ClassVar

from projections.rankings.student_questions import StudentQuestions


class Reader(StudentQuestions):
    """Reads the live generation; an async context manager, for any number of tasks. Each question is one
    statement, so that its answer is of one moment.

    With the URL of a ``redis``, single topics are read from there wherever it can be trusted: nothing is read
    that Postgres has contradicted for longer than a second.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str] = "rankings"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"
