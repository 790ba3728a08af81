"""Metrics of periods that changed: calculated at most once a second, folded from the log ever after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Final

from msgspec.structs import replace

from events.decisions import PARTS_MAX
from events.rankings import MetricsCalculated
from events.rankings_decisions import ENTRIES_MAX, TopicCongestion
from projections.rankings.read_model import DECISIONS
from projections.rankings.rows import TopicTrend
from projections.rankings.tables import PERIODS, TOPIC_TRENDS, TOPICS
from streams.decision_packing import in_parts, packed
from streams.decision_parts import refuse_forged
from streams.decisions import Row, ScheduledDecision
from streams.folding import Change, Duplicate, States, put
from streams.folds.rankings.congestion import MICROS, TopicCounts, metrics
from streams.folds.rankings.standing import known_period, period_stands
from streams.hours import hour_of
from streams.rule import Reads, Rule

PERIODS_TOGETHER_MAX: Final = 200
"""Periods that one decision calculates; the others are due a second later."""
TOPICS_TOGETHER_MAX: Final = 10_000
"""Topics of these periods: half a second of work. Only the first period may have more."""
FOLDED_WITHIN: Final = timedelta(minutes=1)
"""A period is not calculated again before what was decided of it is folded, but for so long."""
KEPT: Final = timedelta(minutes=10)


def calculations(nominal_time: datetime, rows: Sequence[Row]) -> list[MetricsCalculated]:
    """The parts of the decision: the topics of each period in as many as they take. ``rows`` come by period,
    then by topic. Periods beyond the most parts that there may be wait for the next decision."""
    parts: list[Row] = []
    for _, found in groupby(rows, key=itemgetter("period_id")):
        of_period = _parts_of(list(found))
        if len(parts) + len(of_period) > PARTS_MAX:
            break
        parts += of_period
    return in_parts(MetricsCalculated, nominal_time, parts)


def _parts_of(rows: list[Row]) -> list[Row]:
    first = rows[0]
    # A period without topics has one row without a topic.
    counts = [
        TopicCounts(*(row[name] for name in TopicCounts._fields))
        for row in rows
        if row["topic_id"] is not None
    ]
    return [
        {"period_id": first["period_id"], "changes": first["changes"], "topics": topics}
        for topics in packed(metrics(counts, first["topics"]), ENTRIES_MAX)
    ]


def reads_calculated(event: MetricsCalculated, states: States) -> Reads:
    """The period, its topics, and what was calculated of them in the hour so far."""
    hour = hour_of(event.at)
    yield PERIODS, (event.period_id,)
    for topic in event.topics:
        yield TOPICS, (event.period_id, topic.topic_id)
        yield TOPIC_TRENDS, (event.period_id, topic.topic_id, hour)


def calculated(event: MetricsCalculated, states: States) -> list[Change]:
    """What was calculated stands, of the topics that are still there."""
    refuse_forged(event)
    period = known_period(states, event.period_id)
    last_at = period.calculated_at
    if last_at is not None and (event.at, event.part) <= (last_at, period.calculated_part):
        raise Duplicate
    changes: list[Change] = []
    for topic in event.topics:
        changes += _topic_calculated(event, topic, states)
    after = replace(
        period,
        # Another fold of the same log may count fewer: what is ahead would never be due again.
        calculated_changes=min(period.changes, max(period.calculated_changes, event.changes)),
        calculated_at=event.at,
        calculated_part=event.part,
    )
    return changes + period_stands(period, after)


def _topic_calculated(event: MetricsCalculated, found: TopicCongestion, states: States) -> list[Change]:
    topic = states.get(TOPICS, (event.period_id, found.topic_id))
    if topic is None or topic.removed:
        return []
    topic = replace(
        topic,
        percentile_micros=_micros(found.percentile),
        category=found.category,
        calculated_at=event.at,
        version=topic.version + 1,
    )
    key = (event.period_id, found.topic_id, hour_of(event.at))
    trend = states.get(TOPIC_TRENDS, key) or TopicTrend(*key)
    trend = replace(
        trend,
        calculations=trend.calculations + 1,
        averages=trend.averages + (found.average is not None),
        average_micros=trend.average_micros + (_micros(found.average) or 0),
        students=found.students,
    )
    return [put(TOPICS, topic), put(TOPIC_TRENDS, trend)]


def _micros(value: Decimal | None) -> int | None:
    return None if value is None else int(value * MICROS)


METRICS_CALCULATED: Final = Rule(reads_calculated, calculated)

METRICS_CALCULATION: Final = ScheduledDecision(
    name="metrics_calculated",
    period=timedelta(seconds=1),
    due=DECISIONS / "metrics_due.sql",
    rows=DECISIONS / "metrics.sql",
    events=calculations,
    arguments={
        "periods_max": PERIODS_TOGETHER_MAX,
        "topics_max": TOPICS_TOGETHER_MAX,
        "folded_within": FOLDED_WITHIN,
    },
    delay=timedelta(0),
    waits=False,
    kept=KEPT,
)
