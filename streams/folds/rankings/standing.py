"""The period and the topics that most rules begin with, and how a period's row goes on from them."""

from typing import Any

from msgspec.structs import replace

from projections.rankings.cached import PERIOD_GROUP
from projections.rankings.rows import Period, Topic
from projections.rankings.tables import PERIODS, TOPICS
from streams.folding import Change, Refused, States, put, refresh
from streams.rule import Reads


def reads_period(event: Any, states: States) -> Reads:
    """The period that the event names."""
    return ((PERIODS, (event.period_id,)),)


def known_period(states: States, period_id: str) -> Period:
    """The period. Raises Refused when it was never opened."""
    period = states.get(PERIODS, (period_id,))
    if period is None:
        raise Refused("unknown_period", f"period {period_id!r} was never opened")
    return period


def open_period(states: States, period_id: str) -> Period:
    """The period. Raises Refused when nothing can be ranked in it."""
    period = known_period(states, period_id)
    if not period.open:
        raise Refused("period_closed", f"period {period_id!r} is closed")
    return period


def live_topic(states: States, period_id: str, topic_id: str) -> Topic:
    """The topic. Raises Refused when it is not known, or removed."""
    topic = states.get(TOPICS, (period_id, topic_id))
    if topic is None:
        raise Refused("unknown_topic", f"period {period_id!r} has no topic {topic_id!r}")
    if topic.removed:
        raise removed(period_id, topic_id)
    return topic


def removed(period_id: str, topic_id: str) -> Refused:
    """Why nothing can be done with a topic that is gone."""
    return Refused("removed", f"topic {topic_id!r} of period {period_id!r} was removed")


def is_live(states: States, period_id: str, topic_id: str) -> bool:
    """Whether the topic is there."""
    topic = states.get(TOPICS, (period_id, topic_id))
    return topic is not None and not topic.removed


def period_stands(before: Period, after: Period) -> list[Change]:
    """The period's row after one more event that names it. Its topics are to be read again where they are
    cached, when all of them look different now."""
    changes = [put(PERIODS, replace(after, version=before.version + 1))]
    if before.is_stale != after.is_stale or before.topics != after.topics:
        changes.append(refresh(PERIOD_GROUP, (before.period_id,)))
    return changes


def changed(period: Period, topics: int = 0) -> Period:
    """The period once what its metrics depend on has changed, and so many topics have come."""
    return replace(period, changes=period.changes + 1, topics=period.topics + topics)
