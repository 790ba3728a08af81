"""Answers from Redis: rows of texts by name, without what is null."""

from typing import ClassVar

from projections.rankings.read_model import READ_MODEL
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers


class CachedAnswers(RedisAnswers):
    """Topics. From its first read on each is kept up to date in Redis."""

    model: ClassVar[ReadModel] = READ_MODEL
