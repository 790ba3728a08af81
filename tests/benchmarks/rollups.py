"""The five rollups that every contestant of the benchmark does: by video, creator, user, video-hour,
creator-hour.

As a system of the engine: five event types, five counter tables of five sums each. It doubles as the smallest
example of a system that lives outside the project's own folders.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from events.catalogue import System
from events.envelope import Event
from events.fields import Identifier
from projections.read_model import ReadModel
from projections.tables import CounterTable
from streams.folding import Change, Fold, States, Tally
from streams.system import StreamSystem

KINDS: Final = ("comment", "share", "like", "view", "save")


class _OfVideo(Event):
    key_field: ClassVar[str] = "video_id"

    video_id: Identifier = Field(description="The video.", examples=["v1"])
    creator_id: Identifier = Field(description="Who made the video.", examples=["c1"])


class Commented(_OfVideo):
    """Somebody commented."""

    type: Literal["rollups.comment"] = "rollups.comment"
    v: Literal[1] = 1


class Shared(_OfVideo):
    """Somebody shared."""

    type: Literal["rollups.share"] = "rollups.share"
    v: Literal[1] = 1


class Liked(_OfVideo):
    """Somebody liked."""

    type: Literal["rollups.like"] = "rollups.like"
    v: Literal[1] = 1


class Viewed(_OfVideo):
    """Somebody watched."""

    type: Literal["rollups.view"] = "rollups.view"
    v: Literal[1] = 1


class Saved(_OfVideo):
    """Somebody saved."""

    type: Literal["rollups.save"] = "rollups.save"
    v: Literal[1] = 1


EVENTS: Final = System("rollups", (Commented, Shared, Liked, Viewed, Saved))
SUMS: Final[dict[str, type]] = {kind + "s": int for kind in KINDS}
COLUMN: Final = {f"rollups.{kind}": column for column, kind in enumerate(KINDS)}

VIDEOS: Final = CounterTable("videos", {"video_id": str}, SUMS, vanishes=False)
CREATORS: Final = CounterTable("creators", {"creator_id": str}, SUMS, vanishes=False)
USERS: Final = CounterTable("users", {"user_id": str}, SUMS, vanishes=False)
VIDEO_HOURS: Final = CounterTable("video_hours", {"video_id": str, "hour": int}, SUMS, vanishes=False)
CREATOR_HOURS: Final = CounterTable("creator_hours", {"creator_id": str, "hour": int}, SUMS, vanishes=False)


class RollupsFold(Fold):
    """Each event adds one to a column of five rows."""

    version = 1

    def reads(self, event: Any, states: States) -> tuple[()]:
        return ()

    def apply(self, event: Any, states: States) -> tuple[Change, ...]:
        column = COLUMN[event.type]
        at = event.at
        hour = at.toordinal() * 24 + at.hour
        video, creator = event.video_id, event.creator_id
        return (
            (VIDEOS, (video,), column, 1),
            (CREATORS, (creator,), column, 1),
            (USERS, (event.actor,), column, 1),
            (VIDEO_HOURS, (video, hour), column, 1),
            (CREATOR_HOURS, (creator, hour), column, 1),
        )

    def tally(self, events: Sequence[Any]) -> tuple[Tally, ...]:
        columns = [COLUMN[event.type] for event in events]
        hours = [(at := event.at).toordinal() * 24 + at.hour for event in events]
        videos = [event.video_id for event in events]
        creators = [event.creator_id for event in events]
        users = [event.actor for event in events]
        ones = [1] * len(events)
        return (
            (VIDEOS, zip(videos), columns, ones),
            (CREATORS, zip(creators), columns, ones),
            (USERS, zip(users), columns, ones),
            (VIDEO_HOURS, zip(videos, hours, strict=True), columns, ones),
            (CREATOR_HOURS, zip(creators, hours, strict=True), columns, ones),
        )


READ_MODEL: Final = ReadModel(
    system="rollups",
    tables=(VIDEOS, CREATORS, USERS, VIDEO_HOURS, CREATOR_HOURS),
    views=Path(__file__).parent / "rollups_views.sql",
)

SYSTEM: Final = StreamSystem(EVENTS, RollupsFold(), READ_MODEL)
