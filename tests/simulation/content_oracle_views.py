"""The rows of each view of schema `content`, grouped from the videos that stand at the end of the log.

Columns are named as in the views; those marked (now) are in `content_oracle_now`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tests.simulation.content_oracle_facts import Facts, Thing
from tests.simulation.content_oracle_reading import COUNTERS
from tests.simulation.content_oracle_video import Gain, Video
from tests.simulation.oracle_event import reconciliation
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_heat import hour_of
from tests.simulation.oracle_views import exact_sum

Grouped = dict[str, list[Video]]
TOTALS: Final = {name: f"{name}_total" for name in COUNTERS}


def videos(facts: Facts) -> list[Row]:
    """View `videos`, stubs among them."""
    return [
        {
            "video_id": video.id,
            "creator_id": video.creator_id,
            "sound_id": video.sound_id,
            **video.texts,
            "hashtags": list(video.tags),
            "communities": [name for name in video.communities if not facts.is_hidden("community", name)],
            **video.counts,
            "impact_score": video.impact,
            "impact_updated_at": video.impact_updated_at,
            "published_at": video.published_at,
            "version": video.version,
            "cut_off": video.cut_off,
        }
        for video in facts.standing_videos()
    ]


def by_creator(facts: Facts) -> Grouped:
    """The standing videos of each creator."""
    return _grouped(facts, lambda video: () if video.creator_id is None else (video.creator_id,))


def by_sound(facts: Facts) -> Grouped:
    """The standing videos with each sound."""
    return _grouped(facts, lambda video: () if video.sound_id is None else (video.sound_id,))


def by_hashtag(facts: Facts) -> Grouped:
    """The standing videos with each hashtag."""
    return _grouped(facts, lambda video: video.tags)


def by_community(facts: Facts) -> Grouped:
    """The standing videos in each community that was not deleted."""
    groups = _grouped(facts, lambda video: video.communities)
    return {name: group for name, group in groups.items() if not facts.is_hidden("community", name)}


def _grouped(facts: Facts, owners: Callable[[Video], Iterable[str]]) -> Grouped:
    groups: Grouped = defaultdict(list)
    for video in facts.standing_videos():
        for owner in owners(video):
            groups[owner].append(video)
    return dict(groups)


def _creators_of(group: Iterable[Video]) -> Grouped:
    by_creator: Grouped = defaultdict(list)
    for video in group:
        if video.creator_id is not None:
            by_creator[video.creator_id].append(video)
    return by_creator


def newest(group: Iterable[Video]) -> datetime | None:
    """When the newest of them was published."""
    return max(_times(group), default=None)


def _times(group: Iterable[Video]) -> Iterator[datetime]:
    return (video.published_at for video in group if video.published_at is not None)


def _impact(group: Iterable[Video]) -> Decimal:
    return exact_sum(video.impact for video in group)


def _totals(group: list[Video]) -> Row:
    sums = {total: sum(video.counts[name] for video in group) for name, total in TOTALS.items()}
    return {"videos_count": len(group), **sums, "total_impact_score": _impact(group)}


def _told(thing: Thing | None, *names: str) -> Row:
    return {name: thing.told.get(name) if thing else None for name in names}


def creators(facts: Facts) -> list[Row]:
    """View `creators`: whoever said something, was followed, or has a video."""
    known, groups = facts.things["creator"], by_creator(facts)
    return [
        {
            "creator_id": name,
            **_told(known.get(name), "username", "display_name", "bio", "avatar_url", "verified"),
            "followers": known[name].followers if name in known else None,
            **_totals(groups.get(name, [])),
            "registered_at": known[name].registered_at if name in known else None,
            "newest_video_at": newest(groups.get(name, [])),
        }
        for name in sorted(known.keys() | groups.keys())
    ]


def sounds(facts: Facts) -> list[Row]:
    """View `sounds` without its columns (now)."""
    known, groups = facts.things["sound"], by_sound(facts)
    return [
        {
            "sound_id": name,
            **_told(known.get(name), "title", "author", "duration_seconds", "cover_url"),
            **_totals(groups.get(name, [])),
            "creators_count": len(_creators_of(groups.get(name, []))),
            "last_used_at": newest(groups.get(name, [])),
        }
        for name in sorted(known.keys() | groups.keys())
    ]


def hashtags(facts: Facts) -> list[Row]:
    """View `hashtags` without its columns (now)."""
    return [
        {
            "hashtag": hashtag,
            "name": min((v.tags[hashtag].at, v.id, v.tags[hashtag].form) for v in group)[2],
            **_totals(group),
            "creators_count": len(_creators_of(group)),
            "last_seen_at": newest(group),
        }
        for hashtag, group in sorted(by_hashtag(facts).items())
    ]


def communities(facts: Facts) -> list[Row]:
    """View `communities`: those that were not deleted."""
    known, groups = facts.things["community"], by_community(facts)
    return [
        {
            "community_id": name,
            **_told(known.get(name), "name", "description"),
            "linked_hashtags": known[name].linked_hashtags() if name in known else [],
            **_totals(groups.get(name, [])),
            "creators_count": len(_creators_of(groups.get(name, []))),
        }
        for name in sorted(known.keys() | groups.keys())
        if not facts.is_hidden("community", name)
    ]


def pairs(column: str, groups: Grouped) -> list[Row]:
    """View `hashtag_creators` and its like, from the videos of each owner."""
    return [
        {
            column: owner,
            "creator_id": creator,
            "videos_count": len(own),
            "views_total": sum(video.counts["views"] for video in own),
            "likes_total": sum(video.counts["likes"] for video in own),
            "total_impact_score": _impact(own),
            "first_video_at": min(_times(own), default=None),
            "last_video_at": newest(own),
        }
        for owner, group in sorted(groups.items())
        for creator, own in sorted(_creators_of(group).items())
    ]


def community_hashtags(facts: Facts) -> list[Row]:
    """View `community_hashtags`: each hashtag that a community links now, also one without a video."""
    groups = by_community(facts)
    rows: list[Row] = []
    for name, community in sorted(facts.things["community"].items()):
        for hashtag in () if community.removed else community.linked_hashtags():
            own = [video for video in groups.get(name, []) if hashtag in video.tags]
            rows.append(
                {
                    "community_id": name,
                    "hashtag": hashtag,
                    "videos_count": len(own),
                    "views_total": sum(video.counts["views"] for video in own),
                    "total_impact_score": _impact(own),
                }
            )
    return rows


def observations(facts: Facts) -> list[Row]:
    """View `observations`: all that was seen of the standing videos."""
    return [
        {
            "video_id": video.id,
            "observation_id": seen.id,
            "at": seen.at,
            **{name: seen.totals.get(name) for name in COUNTERS},
            "applied": len(seen.stale) < len(seen.totals),
            "stale": list(seen.stale),
        }
        for video in facts.standing_videos()
        for seen in video.observations
    ]


def activity(facts: Facts) -> list[Row]:
    """View `activity`: the hour cells, also those of owners that a video has left and of removed videos."""
    cells: dict[tuple[str, str, datetime], list[Gain]] = defaultdict(list)
    for video in facts.videos.values():
        for gain in video.gains:
            for owner in gain.owners:
                cells[*owner, hour_of(gain.at)].append(gain)
    rows: list[Row] = []
    for (kind, thing_id, hour), gains in sorted(cells.items()):
        gained: dict[str, Any] = {name: sum(g.counts.get(name, 0) for g in gains) for name in COUNTERS}
        gained["impact"] = exact_sum(gain.impact for gain in gains)
        if any(gained.values()) and not facts.is_hidden(kind, thing_id):
            rows.append({"kind": kind, "id": thing_id, "hour": hour, **gained})
    return rows


def leaderboards(facts: Facts) -> list[Row]:
    """View `leaderboards`: the places of every hour whose parts are all there, without what was removed."""
    parts: dict[datetime, set[int]] = defaultdict(set)
    closed = [event for event in facts.decisions if event.name == "leaderboard_closed"]
    for event in closed:
        parts[event.given["hour"]].add(event.given["part"])
    rows = [
        {
            **{name: event.given[name] for name in ("period", "kind", "sort", "hour")},
            **{name: entry[name] for name in ("rank", "id", "value")},
            "previous_rank": entry.get("previous_rank"),
        }
        for event in closed
        for entry in event.given["entries"]
        if len(parts[event.given["hour"]]) == event.given["parts"]
        and not facts.is_hidden(event.given["kind"], entry["id"])
    ]
    return sorted(rows, key=lambda row: (row["hour"], row["period"], row["kind"], row["sort"], row["rank"]))


def reconciliations(facts: Facts) -> list[Row]:
    """View `reconciliations`: each run's report."""
    return [reconciliation(event) for event in facts.decisions if event.name == "reconciled"]
