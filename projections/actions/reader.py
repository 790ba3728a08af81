"""The questions that programs and people ask of system 1, answered from the stable views."""

from datetime import datetime
from pathlib import Path
from typing import ClassVar

from projections.actions.answers import WeightReach
from projections.actions.people_questions import PeopleQuestions
from projections.actions.ripple_questions import RippleQuestions
from projections.actions.trending_questions import TrendingQuestions


class Reader(RippleQuestions, TrendingQuestions, PeopleQuestions):
    """Reads the live generation; an async context manager, for any number of tasks. Each question is one
    statement, so that its answer is of one moment.

    With the URL of a ``redis``, live lists, ripples and users are read from there wherever it can be trusted:
    nothing is read that Postgres has contradicted for longer than a second.

    Raises ServerUnreachable, NothingFolded and TookTooLong; WrongUsage for arguments that cannot be.
    """

    system: ClassVar[str] = "actions"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"

    async def weight_reach(self, bucket: str, effective_from: datetime) -> WeightReach:
        """What setting the bucket's weight from that hour on would touch."""
        parameters = {"bucket": bucket, "effective_from": effective_from}
        return (await self._rows(WeightReach, "weight_reach", parameters))[0]
