"""Videos: published, changed, removed, put into communities and taken out."""

from datetime import datetime
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from events.content import (
    COMMUNITIES_MAX,
    VideoChanged,
    VideoJoinedCommunity,
    VideoLeftCommunity,
    VideoPublished,
    VideoRemoved,
)
from events.hashtags import shown_by_normalised
from projections.content.rows import HashtagForm, Video, VideoText
from projections.content.searching import searched
from projections.content.tables import VIDEO_OBSERVED, VIDEO_TEXTS, VIDEOS
from projections.tables import Shared, shared
from streams.folding import Change, Refused, States, put, remove
from streams.rule import Reads, Rule, Take, given, stated


def live_video(states: States, video_id: str) -> Video:
    """The video, or a stub when nothing was heard of it yet. Raises Refused when it was removed."""
    video = states.get(VIDEOS, (video_id,))
    if video is None:
        return Video(video_id)
    if video.removed:
        raise Refused("removed", f"video {video_id!r} was removed")
    return video


def seen(video: Video, at: datetime, **changed: Any) -> Video:
    """The video after one more event that names it."""
    before = video.changed_at
    latest = at if before is None or at > before else before
    return replace(video, changed_at=latest, version=video.version + 1, **changed)


def reads_video(event: VideoJoinedCommunity | VideoLeftCommunity, states: States) -> Reads:
    """The video alone."""
    return ((VIDEOS, (event.video_id,)),)


def reads_described(event: VideoPublished | VideoChanged, states: States) -> Reads:
    """The video and what it says of itself."""
    key = (event.video_id,)
    return ((VIDEOS, key), (VIDEO_TEXTS, key))


def reads_removed(event: VideoRemoved, states: States) -> Reads:
    """All that there is of the video, without its history."""
    key = (event.video_id,)
    return ((VIDEOS, key), (VIDEO_TEXTS, key), (VIDEO_OBSERVED, key))


def published(event: VideoPublished, states: States) -> list[Change]:
    """The video stands as announced; announced again it keeps what the event leaves out."""
    return described(event, states, stated, published_at=event.at)


def changed(event: VideoChanged, states: States) -> list[Change]:
    """What the event names is so from now on; what the video counts goes with it."""
    return described(event, states, given, published_at=None)


def described(
    event: VideoPublished | VideoChanged, states: States, take: Take, published_at: datetime | None
) -> list[Change]:
    """The video and its texts; it was published at ``published_at`` where nothing else is known."""
    video = live_video(states, event.video_id)
    text = states.get(VIDEO_TEXTS, (event.video_id,)) or VideoText(event.video_id)
    forms = text.forms
    if (written := take(event.hashtags, UNSET)) is not UNSET:
        forms = forms_on(written or (), text.forms, event.at)
    after = seen(
        video,
        event.at,
        creator_id=_shared(take(event.creator_id, video.creator_id)),
        sound_id=_shared(take(event.sound_id, video.sound_id)),
        hashtags=tuple(shared(form.hashtag) for form in forms),
        communities=tuple(map(shared, take(event.communities, video.communities) or ())),
        published_at=take(event.published_at, video.published_at) or published_at,
    )
    saying = said(event, text, forms, take)
    return [put(VIDEOS, after)] if saying == text else [put(VIDEOS, after), put(VIDEO_TEXTS, saying)]


def _shared(text: str | None) -> Shared | None:
    return None if text is None else shared(text)


def said(
    event: VideoPublished | VideoChanged, text: VideoText, forms: tuple[HashtagForm, ...], take: Take
) -> VideoText:
    """What the video says of itself from now on."""
    caption = take(event.caption, text.caption)
    description = take(event.description, text.description)
    return VideoText(
        event.video_id,
        caption,
        description,
        take(event.duration_seconds, text.duration_seconds),
        take(event.thumbnail_url, text.thumbnail_url),
        forms,
        searched(caption, description, *(f"#{form.hashtag}" for form in forms)),
    )


def forms_on(
    written: tuple[str, ...], before: tuple[HashtagForm, ...], at: datetime
) -> tuple[HashtagForm, ...]:
    """These hashtags; one that was on the video already stays as it came onto it."""
    known = {form.hashtag: form for form in before}
    shown = shown_by_normalised(written)
    return tuple(known.get(hashtag) or HashtagForm(hashtag, form, at) for hashtag, form in shown.items())


def removed(event: VideoRemoved, states: States) -> list[Change]:
    """A tombstone for ever; its observations stay and are not shown."""
    live_video(states, event.video_id)
    key = (event.video_id,)
    changes = [put(VIDEOS, Video(event.video_id, removed=True))]
    if states.get(VIDEO_TEXTS, key) is not None:
        changes.append(remove(VIDEO_TEXTS, key))
    if states.get(VIDEO_OBSERVED, key) is not None:
        changes.append(remove(VIDEO_OBSERVED, key))
    return changes


def joined(event: VideoJoinedCommunity, states: States) -> list[Change]:
    """The video is in the community, once; the last to come is the last in the list."""
    video = live_video(states, event.video_id)
    communities = video.communities
    if event.community_id not in communities:
        if len(communities) >= COMMUNITIES_MAX:
            reason = f"video {event.video_id!r} is in {COMMUNITIES_MAX} communities: it must leave one first"
            raise Refused("too_many_communities", reason)
        communities = (*communities, shared(event.community_id))
    return [put(VIDEOS, seen(video, event.at, communities=communities))]


def left(event: VideoLeftCommunity, states: States) -> list[Change]:
    """The video is not in the community, whether it was or not."""
    video = live_video(states, event.video_id)
    rest = tuple(community for community in video.communities if community != event.community_id)
    return [put(VIDEOS, seen(video, event.at, communities=rest))]


VIDEO_PUBLISHED: Final = Rule(reads_described, published)
VIDEO_CHANGED: Final = Rule(reads_described, changed)
VIDEO_REMOVED: Final = Rule(reads_removed, removed)
VIDEO_JOINED_COMMUNITY: Final = Rule(reads_video, joined)
VIDEO_LEFT_COMMUNITY: Final = Rule(reads_video, left)
