"""Answers from Redis: rows of texts by name, without what is null."""

from typing import ClassVar

from projections.rankings.answers import TopicMetrics
from projections.rankings.read_model import READ_MODEL
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers, columns


class CachedAnswers(RedisAnswers):
    """Topics. From its first read on each is kept up to date in Redis."""

    model: ClassVar[ReadModel] = READ_MODEL

    async def metrics(self, period_id: str, topic_id: str) -> TopicMetrics | None:
        """The topic with its metrics."""
        row = await self._reader.row("topic", (period_id, topic_id))
        if row is None:
            return None
        return TopicMetrics(**columns(TopicMetrics, row) | {"period_id": period_id, "topic_id": topic_id})
