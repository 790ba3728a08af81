"""Topics: created, changed, removed."""

from typing import Final

from msgspec.structs import replace

from events.rankings import TopicChanged, TopicCreated, TopicRemoved
from events.rankings_decisions import TOPICS_MAX
from projections.rankings.rows import Topic
from projections.rankings.tables import PERIODS, TOPICS
from streams.folding import Change, Refused, States, put
from streams.folds.rankings.standing import changed as metrics_changed
from streams.folds.rankings.standing import known_period, live_topic, period_stands
from streams.rule import Reads, Rule, given


def reads_topic(event: TopicCreated | TopicChanged | TopicRemoved, states: States) -> Reads:
    """The period and the topic."""
    return ((PERIODS, (event.period_id,)), (TOPICS, (event.period_id, event.topic_id)))


def created(event: TopicCreated, states: States) -> list[Change]:
    """The topic stands as announced last, since the first time."""
    period = known_period(states, event.period_id)
    after = period
    if states.get(TOPICS, (event.period_id, event.topic_id)) is None:
        if period.topics >= TOPICS_MAX:
            reason = f"period {event.period_id!r} has {period.topics:,} topics, as many as a period may have"
            raise Refused("too_many_topics", reason)
        topic = Topic(event.period_id, event.topic_id, created_at=event.at)
        after = metrics_changed(period, topics=1)
    else:
        topic = live_topic(states, event.period_id, event.topic_id)
    topic = replace(topic, title=event.title, capacity=event.capacity, version=topic.version + 1)
    return [put(TOPICS, topic), *period_stands(period, after)]


def changed(event: TopicChanged, states: States) -> list[Change]:
    """What the event names is so from now on."""
    period = known_period(states, event.period_id)
    topic = live_topic(states, event.period_id, event.topic_id)
    topic = replace(
        topic,
        title=given(event.title, topic.title),
        capacity=given(event.capacity, topic.capacity) or topic.capacity,
        version=topic.version + 1,
    )
    return [put(TOPICS, topic), *period_stands(period, period)]


def removed(event: TopicRemoved, states: States) -> list[Change]:
    """A tombstone for ever. Its places in ballots stay and count for nothing: views hide them at once."""
    period = known_period(states, event.period_id)
    topic = live_topic(states, event.period_id, event.topic_id)
    tombstone = Topic(event.period_id, event.topic_id, version=topic.version + 1, removed=True)
    return [put(TOPICS, tombstone), *period_stands(period, metrics_changed(period, topics=-1))]


TOPIC_CREATED: Final = Rule(reads_topic, created)
TOPIC_CHANGED: Final = Rule(reads_topic, changed)
TOPIC_REMOVED: Final = Rule(reads_topic, removed)
