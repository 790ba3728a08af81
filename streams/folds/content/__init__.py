"""System 2: videos and what they belong to. `RULES` tells where an event's rule lives."""

from collections.abc import Mapping
from typing import Final

from events.content import SYSTEM as EVENTS
from events.content import Reconciled
from projections.content.read_model import READ_MODEL
from projections.content.tables import RECONCILIATIONS
from streams.folds.content.communities import COMMUNITY_CHANGED, COMMUNITY_CREATED, COMMUNITY_DELETED
from streams.folds.content.creators import CREATOR_CHANGED, CREATOR_FOLLOWERS_OBSERVED, CREATOR_REGISTERED
from streams.folds.content.leaderboards import LEADERBOARD_CLOSE, LEADERBOARD_CLOSED
from streams.folds.content.metrics import (
    COMMENT_DELETED,
    VIDEO_COMMENTED,
    VIDEO_LIKED,
    VIDEO_METRICS_OBSERVED,
    VIDEO_SAVED,
    VIDEO_SHARED,
    VIDEO_UNLIKED,
    VIDEO_UNSAVED,
    VIDEO_VIEWED,
)
from streams.folds.content.settling import SETTLES, WEIGHTS
from streams.folds.content.sounds import SOUND_CHANGED, SOUND_REGISTERED
from streams.folds.content.videos import (
    VIDEO_CHANGED,
    VIDEO_JOINED_COMMUNITY,
    VIDEO_LEFT_COMMUNITY,
    VIDEO_PUBLISHED,
    VIDEO_REMOVED,
)
from streams.reconciliations import nightly, reconciled_rule, reconciliation
from streams.rule import Rule, RuleFold
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "content.creator_registered": CREATOR_REGISTERED,
    "content.creator_changed": CREATOR_CHANGED,
    "content.creator_followers_observed": CREATOR_FOLLOWERS_OBSERVED,
    "content.sound_registered": SOUND_REGISTERED,
    "content.sound_changed": SOUND_CHANGED,
    "content.community_created": COMMUNITY_CREATED,
    "content.community_changed": COMMUNITY_CHANGED,
    "content.community_deleted": COMMUNITY_DELETED,
    "content.video_published": VIDEO_PUBLISHED,
    "content.video_changed": VIDEO_CHANGED,
    "content.video_removed": VIDEO_REMOVED,
    "content.video_joined_community": VIDEO_JOINED_COMMUNITY,
    "content.video_left_community": VIDEO_LEFT_COMMUNITY,
    "content.video_metrics_observed": VIDEO_METRICS_OBSERVED,
    "content.video_viewed": VIDEO_VIEWED,
    "content.video_liked": VIDEO_LIKED,
    "content.video_unliked": VIDEO_UNLIKED,
    "content.video_commented": VIDEO_COMMENTED,
    "content.comment_deleted": COMMENT_DELETED,
    "content.video_shared": VIDEO_SHARED,
    "content.video_saved": VIDEO_SAVED,
    "content.video_unsaved": VIDEO_UNSAVED,
    "content.leaderboard_closed": LEADERBOARD_CLOSED,
    "content.reconciled": reconciled_rule(RECONCILIATIONS),
}

RECONCILING: Final = reconciliation(READ_MODEL, Reconciled)

SYSTEM: Final = StreamSystem(
    EVENTS,
    RuleFold(RULES, version=1, settles=SETTLES, weights=WEIGHTS),
    READ_MODEL,
    decisions=(LEADERBOARD_CLOSE, nightly(RECONCILING)),
    reconciliation=RECONCILING,
)
