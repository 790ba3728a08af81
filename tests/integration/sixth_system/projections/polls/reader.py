"""The questions that programs and people ask of system 6."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from projections.arguments import identifier
from projections.polls.read_model import READ_MODEL
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers
from projections.redis.questions import QuestionsBesideRedis


@dataclass(frozen=True)
class PollRow:
    """A poll with all of its votes."""

    poll_id: str
    question: str | None
    closed: bool
    votes: int
    version: int


@dataclass(frozen=True)
class OptionRow:
    """How many are for an option."""

    option: str
    votes: int


class CachedAnswers(RedisAnswers):
    """Polls, each from its first read on."""

    model: ClassVar[ReadModel] = READ_MODEL


class Reader(QuestionsBesideRedis[CachedAnswers]):
    """Reads the live generation, single polls from Redis wherever it can be trusted."""

    system: ClassVar[str] = "polls"
    queries: ClassVar[Path] = Path(__file__).parent / "queries"
    cached_answers = CachedAnswers

    async def poll(self, poll_id: str) -> PollRow | None:
        """The poll, or None when nothing was heard of it."""
        return await self._thing(PollRow, "poll", "poll", poll_id=poll_id)

    async def options(self, poll_id: str) -> list[OptionRow]:
        """The options that anybody is for, the foremost first."""
        return await self._rows(OptionRow, "options", {"poll_id": identifier("poll_id", poll_id)})
