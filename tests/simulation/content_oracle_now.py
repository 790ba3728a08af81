"""The columns (now) of system 2 for its oracle: what trends, as of a moment."""

from datetime import datetime, timedelta
from typing import Final

from tests.simulation import content_oracle_views as views
from tests.simulation.content_oracle_facts import Facts
from tests.simulation.content_oracle_video import Video
from tests.simulation.oracle_facts import Row

_FACTORS: Final = ((timedelta(hours=1), 10), (timedelta(hours=24), 5), (timedelta(days=7), 2))
_TRENDING_ABOVE: Final = 100_000


def trending_sounds(facts: Facts, moment: datetime) -> list[Row]:
    """The columns (now) of view `sounds`."""
    groups = views.by_sound(facts)
    known = sorted(facts.things["sound"].keys() | groups.keys())
    return [{"sound_id": name, **_trend(groups.get(name, []), moment)} for name in known]


def trending_hashtags(facts: Facts, moment: datetime) -> list[Row]:
    """The columns (now) of view `hashtags`."""
    groups = sorted(views.by_hashtag(facts).items())
    return [{"hashtag": name, **_trend(group, moment)} for name, group in groups]


def _trend(group: list[Video], moment: datetime) -> Row:
    newest = views.newest(group)
    factors = [factor for age, factor in _FACTORS if newest is not None and moment - newest < age]
    score = max(factors, default=1) * sum(video.counts["views"] for video in group)
    return {"trend_score": score, "trending": score > _TRENDING_ABOVE}
