"""Questions of which some are answered from Redis, wherever it can be trusted."""

from types import TracebackType
from typing import Generic, TypeVar

from projections.arguments import identifier
from projections.questions import CONNECTIONS_MAX, Questions
from projections.redis.answers import RedisAnswers

Answers = TypeVar("Answers", bound=RedisAnswers)
Found = TypeVar("Found")


class QuestionsBesideRedis(Questions, Generic[Answers]):
    """Without the URL of a Redis, and while it is away or behind, everything is asked of Postgres."""

    cached_answers: type[Answers]

    def __init__(
        self, postgres: str, *, redis: str | None = None, connections_max: int = CONNECTIONS_MAX
    ) -> None:
        super().__init__(postgres, connections_max=connections_max)
        self._cached = None if redis is None else self.cached_answers(postgres, redis)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cached is not None:
            await self._cached.__aexit__(kind, error, trace)
        await super().__aexit__(kind, error, trace)

    async def _thing(self, row: type[Found], entity: str, query: str, **key: str) -> Found | None:
        """What has these ids: the entity's row in Redis, else what the statement answers."""
        ids = {name: identifier(name, value) for name, value in key.items()}
        cached = None if self._cached is None else await self._cached.one(row, entity, ids)
        return cached or await self._only(row, query, ids)
