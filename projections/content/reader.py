"""The questions that programs and people ask of system 2, answered from the stable views."""

from pathlib import Path
from typing import ClassVar

from projections.content.thing_questions import ThingQuestions


class Reader(ThingQuestions):
    """Reads the live generation; an async context manager, for any number of tasks. Each question is one
    statement, so that its answer is of one moment.

    With the URL of a ``redis``, single things are read from there wherever it can be trusted: nothing is read
    that Postgres has contradicted for longer than a second. A video and its creator are two rows there.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str] = "content"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"
