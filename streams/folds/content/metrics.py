"""What is counted of a video: one by one, and as a crawler saw it.

Both may come, in any order: increments add to what was last observed. An observation sets, so that what
it brings is a gain only where the counter was observed before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from events.content import VideoMetricsObserved
from events.rules import COUNT_MAX
from projections.content.rows import Observation, Video, VideoObserved
from projections.content.tables import (
    COUNTERS,
    GAINS,
    OBSERVATIONS,
    VIDEO_OBSERVED,
    VIDEOS,
)
from streams.folding import WHOLE, Change, Duplicate, Refused, States, put
from streams.folds.content.impact import impact_cents
from streams.folds.content.videos import live_video
from streams.hours import hour_of
from streams.rule import Reads, Rule

IMPACT: Final = GAINS.index_of("impact_cents")


def reads_counted(event: Any, states: States) -> Reads:
    """The video alone: this runs for nearly every event."""
    return ((VIDEOS, (event.video_id,)),)


def adding(name: str) -> Rule:
    """The rule of an event that adds its count to this counter."""
    counter = COUNTERS.index(name)

    def added(event: Any, states: States) -> list[Change]:
        video = live_video(states, event.video_id)
        counters = [video.views, video.likes, video.comments, video.shares, video.saves]
        gain: int = event.count
        counters[counter] += gain
        if counters[counter] > COUNT_MAX:
            reason = f"video {video.video_id!r} has {counters[counter] - gain} {name}: {gain} more do not fit"
            raise Refused("counter_full", reason)
        return _counted(video, counters, event.at, counter, gain, 0)

    return Rule(reads_counted, added)


def taking_back(name: str) -> Rule:
    """The rule of an event that takes its count back from this counter, as far as there is so much."""
    counter = COUNTERS.index(name)

    def taken_back(event: Any, states: States) -> list[Change]:
        video = live_video(states, event.video_id)
        counters = [video.views, video.likes, video.comments, video.shares, video.saves]
        loss = min(event.count, counters[counter])
        counters[counter] -= loss
        return _counted(video, counters, event.at, counter, -loss, event.count - loss)

    return Rule(reads_counted, taken_back)


def _counted(
    video: Video, counters: Sequence[int], at: datetime, counter: int, gain: int, cut_off: int
) -> list[Change]:
    after, gained_cents = _stands(video, counters, at, cut_off)
    changes: list[Change] = [(VIDEOS, (video.video_id,), WHOLE, after)]
    if gain:
        gained = _gaining(video, at)
        changes.append((GAINS, gained, counter, gain))
        if gained_cents:
            changes.append((GAINS, gained, IMPACT, gained_cents))
    return changes


def _stands(video: Video, counters: Sequence[int], at: datetime, cut_off: int = 0) -> tuple[Video, int]:
    """The video with these counters, and by how many cents its impact rose."""
    views, likes, comments, shares, saves = counters
    impact = impact_cents(views, likes, comments, shares, saves)
    rise = impact - video.impact_cents
    before = video.changed_at
    after = replace(
        video,
        views=views,
        likes=likes,
        comments=comments,
        shares=shares,
        saves=saves,
        impact_cents=impact,
        impact_updated_at=at if rise else video.impact_updated_at,
        changed_at=at if before is None or at > before else before,
        cut_off=video.cut_off + cut_off,
        version=video.version + 1,
    )
    return after, rise


def _gaining(video: Video, at: datetime) -> tuple[Any, ...]:
    """The key of gains: who owns the video now."""
    return (
        video.video_id,
        video.creator_id or "",
        video.sound_id or "",
        video.hashtags,
        video.communities,
        hour_of(at),
    )


def reads_observed(event: VideoMetricsObserved, states: States) -> Reads:
    """The video, when its counters were last observed, and this observation. Of a video that nobody observed
    none is known: most videos are observed for the first time when there is most to read."""
    key = (event.video_id,)
    yield VIDEOS, key
    yield VIDEO_OBSERVED, key
    if states.get(VIDEO_OBSERVED, key) is not None:
        yield OBSERVATIONS, _observation(event)


def _observation(event: VideoMetricsObserved) -> tuple[str, str]:
    """The key of an observation, of which each has at least one counter."""
    return (event.video_id, str(event.id))


def observed(event: VideoMetricsObserved, states: States) -> list[Change]:
    """Each counter that it names is as seen, unless it was observed later; kept as history in any case. The
    same observation counts once for ever."""
    video, at = live_video(states, event.video_id), event.at
    known = states.get(VIDEO_OBSERVED, (event.video_id,))
    if known is not None and states.get(OBSERVATIONS, _observation(event)) is not None:
        raise Duplicate
    last_seen = known or VideoObserved(event.video_id)
    times = [
        *(last_seen.views_at, last_seen.likes_at, last_seen.comments_at),
        *(last_seen.shares_at, last_seen.saves_at),
    ]
    totals = (event.views, event.likes, event.comments, event.shares, event.saves)
    counters = [video.views, video.likes, video.comments, video.shares, video.saves]
    base, stale, applied = counters.copy(), [], False
    for counter, total in enumerate(totals):
        if total is None:
            continue
        last = times[counter]
        if last is not None and last > at:
            stale.append(COUNTERS[counter])
            continue
        counters[counter], times[counter], applied = total, at, True
        if last is None:
            base[counter] = total
    after, _ = _stands(video, counters, at)
    row = Observation(event.video_id, str(event.id), at, *totals, applied=applied, stale=tuple(stale))
    changes = [put(VIDEOS, after), put(OBSERVATIONS, row), *_gained(after, base, at)]
    if applied:
        changes.append(put(VIDEO_OBSERVED, VideoObserved(event.video_id, *times)))
    return changes


def _gained(video: Video, base: Sequence[int], at: datetime) -> list[Change]:
    """What the video's counters are above ``base``, below 0 where they went down."""
    counters = (video.views, video.likes, video.comments, video.shares, video.saves)
    gains = [now - then for now, then in zip(counters, base, strict=True)]
    gains.append(video.impact_cents - impact_cents(*base))
    gained = _gaining(video, at)
    return [(GAINS, gained, column, gain) for column, gain in enumerate(gains) if gain]


VIDEO_VIEWED: Final = adding("views")
VIDEO_LIKED: Final = adding("likes")
VIDEO_UNLIKED: Final = taking_back("likes")
VIDEO_COMMENTED: Final = adding("comments")
COMMENT_DELETED: Final = taking_back("comments")
VIDEO_SHARED: Final = adding("shares")
VIDEO_SAVED: Final = adding("saves")
VIDEO_UNSAVED: Final = taking_back("saves")
VIDEO_METRICS_OBSERVED: Final = Rule(reads_observed, observed)
