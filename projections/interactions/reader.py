"""The questions that programs and people ask of system 5, answered from the stable views."""

from pathlib import Path
from typing import ClassVar

from projections.interactions.likeness_questions import LikenessQuestions


class Reader(LikenessQuestions):
    """Reads the live generation; an async context manager, for any number of tasks. Each question is one
    statement, so that its answer is of one moment.

    With the URL of a ``redis``, what trends and the counts of a single entry are read from there wherever it
    can be trusted: nothing is read that Postgres has contradicted for longer than a second.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str] = "interactions"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"
    # Each statement is planned once, for few rows and for many: they come in the order of an index, and only
    # as many as are wanted.
    session: ClassVar[str] = "-c enable_bitmapscan=off -c enable_sort=off"
