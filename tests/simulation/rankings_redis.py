"""What of system 4 is in Redis, as its views show it."""

from typing import Final

from tests.simulation.crash_redis import Shown, ShownSystem

_TOPIC: Final = """
SELECT m.*, t.title, t.capacity
FROM unnest(%s::text[], %s::text[]) AS k (period_id, topic_id)
JOIN rankings.topic_metrics AS m USING (period_id, topic_id)
JOIN rankings.topics AS t USING (period_id, topic_id)
"""
RANKINGS: Final = ShownSystem("rankings", {"topic": Shown(("period_id", "topic_id"), _TOPIC, is_lazy=True)})
"""All of it lazy: what is there is what somebody looked at."""
RANKINGS_KEYS: Final = {"topic": "SELECT period_id, topic_id FROM rankings.topics"}
"""What there is to look at, by entity."""
