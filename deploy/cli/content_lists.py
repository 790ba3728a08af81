"""`groundswell list videos` and its like: every list of the content system, asked for in one way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deploy.cli.answers import Cursor, print_page, to_the_minute
from deploy.cli.console import AsJson, Column
from deploy.cli.numbers import decimal
from deploy.cli.reading import CONTENT
from events.errors import WrongUsage

if TYPE_CHECKING:
    from projections.content.answers import Listed
    from projections.content.reader import Reader
    from projections.content.wanted import Wanted

OWNER_KINDS: Final = ("hashtag", "sound", "creator", "community")


class Range(StrEnum):
    """How long ago it was published at most."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    YEAR = "1y"
    ALL = "all"


VIEWS = Column("views", align="right")
VIEWS_TOTAL = Column("views_total", "views", "right")
IMPACT_TOTAL = Column("total_impact_score", "impact", "right")
VIDEOS_COUNT = Column("videos_count", "videos", "right")
CREATORS_COUNT = Column("creators_count", "creators", "right")
TREND = Column("trend_score", "trend", "right", is_extra=True)

VIDEOS = (
    Column("video_id", "id"), Column("title"), Column("by"), VIEWS, Column("impact_score", "impact", "right"),
    Column("likes", align="right", is_extra=True), Column("comments", align="right"),
    Column("hashtags", is_extra=True), Column("published_at", "published"),
)  # fmt: skip
CREATORS = (
    Column("creator_id", "id"), Column("display_name", "name"), Column("followers", align="right"),
    VIDEOS_COUNT, VIEWS_TOTAL, IMPACT_TOTAL,
)  # fmt: skip
SOUNDS = (
    Column("sound_id", "id"), Column("title"), Column("author"), VIDEOS_COUNT, CREATORS_COUNT, VIEWS_TOTAL,
    IMPACT_TOTAL, TREND,
)  # fmt: skip
HASHTAGS = (
    Column("hashtag"), Column("name"), VIDEOS_COUNT, CREATORS_COUNT, VIEWS_TOTAL, IMPACT_TOTAL, TREND,
)  # fmt: skip
COMMUNITIES = (
    Column("community_id", "id"), Column("name"), VIDEOS_COUNT, CREATORS_COUNT, VIEWS_TOTAL, IMPACT_TOTAL,
)  # fmt: skip
LISTS: Final = {
    "videos": VIDEOS,
    "creators": CREATORS,
    "sounds": SOUNDS,
    "hashtags": HASHTAGS,
    "communities": COMMUNITIES,
}
HELP: Final = {
    "videos": "List videos; all, or those of a hashtag, sound, creator or community.\n\n"
    "Sorts: views, impact, likes, recent, comments.\n\n"
    "Example: groundswell list videos --hashtag diy --sort impact --range 7d",
    "creators": "List creators; all, or those with a hashtag, with a sound or in a community.\n\n"
    "Sorts: views, impact, followers, videos, newest.\n\n"
    "Example: groundswell list creators --search ada --sort followers",
    "sounds": "List sounds.\n\nSorts: views, impact, videos, likes, recent, trending.\n\n"
    "Example: groundswell list sounds --sort trending --limit 20",
    "hashtags": "List hashtags; all, or those that a community links.\n\n"
    "Sorts: views, impact, videos, alphabetical, trending.\n\n"
    "Example: groundswell list hashtags --sort trending --limit 20",
    "communities": "List communities.\n\nSorts: views, impact, videos, creators.\n\n"
    "Example: groundswell list communities --sort impact",
}


def add_lists(group: typer.Typer) -> None:
    """Add a command for each list to the group `list`."""
    for name in LISTS:
        group.command(name, help=HELP[name])(_command(name))


def _command(name: str) -> Callable[..., None]:
    def listed(
        sort: Annotated[str | None, typer.Option(help="The greatest first by this; usually views.")] = None,
        search: Annotated[str | None, typer.Option(metavar="TEXT", help="Any part of a word.")] = None,
        impact_min: Annotated[str | None, typer.Option(metavar="N", help="Impact from this on.")] = None,
        impact_max: Annotated[str | None, typer.Option(metavar="N", help="Impact up to this.")] = None,
        views_min: Annotated[int | None, typer.Option(help="Views from this on.")] = None,
        views_max: Annotated[int | None, typer.Option(help="Views up to this.")] = None,
        published: Annotated[
            Range, typer.Option("--range", help="Published, or with a video that was, in this time.")
        ] = Range.ALL,
        hashtag: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this hashtag.")] = None,
        sound: Annotated[str | None, typer.Option(metavar="ID", help="Only of this sound.")] = None,
        creator: Annotated[str | None, typer.Option(metavar="ID", help="Only of this creator.")] = None,
        community: Annotated[str | None, typer.Option(metavar="ID", help="Only of this community.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=200, help="Rows of a page.")] = 50,
        offset: Annotated[int, typer.Option(min=0, max=10_000, help="Rows before the page.")] = 0,
        cursor: Cursor = None,
        as_json: AsJson = False,
    ) -> None:
        from projections.content.wanted import Wanted

        wanted = Wanted(
            sort, search, _impact("--impact-min", impact_min), _impact("--impact-max", impact_max),
            views_min, views_max, published.value, limit, offset, cursor,
        )  # fmt: skip
        owners = dict(zip(OWNER_KINDS, (hashtag, sound, creator, community), strict=True))
        owner = _owner(owners)
        found = CONTENT.ask(lambda reader: _asked(reader, name, wanted, owner))
        print_page(found, LISTS[name], as_json=as_json, shown=_shown, counted=_counted(found))

    return listed


def _owner(given: dict[str, str | None]) -> tuple[Any, str] | None:
    found = [(kind, identity) for kind, identity in given.items() if identity is not None]
    if len(found) > 1:
        names = ", ".join(f"--{kind} {identity!r}" for kind, identity in found)
        raise WrongUsage(f"a list is of one thing: give one of {names}")
    return found[0] if found else None


def _asked(
    reader: Reader, name: str, wanted: Wanted, owner: tuple[Any, str] | None
) -> Awaitable[Listed[Any]]:
    return _whole(reader, name, wanted) if owner is None else _nested(reader, name, wanted, owner)


def _whole(asked: Reader, name: str, wanted: Wanted) -> Awaitable[Listed[Any]]:
    lists: dict[str, Callable[[Wanted], Awaitable[Listed[Any]]]] = {
        "videos": asked.videos,
        "creators": asked.creators,
        "sounds": asked.sounds,
        "hashtags": asked.hashtags,
        "communities": asked.communities,
    }
    return lists[name](wanted)


def _nested(asked: Reader, name: str, wanted: Wanted, owner: tuple[Any, str]) -> Awaitable[Listed[Any]]:
    kind, identity = owner
    if name == "videos":
        return asked.videos(wanted, of=owner)
    if name == "creators" and kind != "creator":
        return asked.creators_of(kind, identity, wanted)
    if name == "hashtags" and kind == "community":
        return asked.hashtags_of(identity, wanted)
    raise WrongUsage(f"there is no list of the {name} of a {kind}: leave out --{kind} {identity!r}")


def _counted(found: Listed[Any]) -> str:
    """How many there are in all."""
    total = f"more than {found.total_at_least:,}" if found.total is None else f"{found.total:,}"
    return f"{len(found.rows):,} of {total}"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = {
        name: f"{value:,}" if isinstance(value, Decimal) else value
        for name, value in to_the_minute(row).items()
    }
    if row.get("creator") is not None:
        shown["by"] = row["creator"]["display_name"]
    return shown


def _impact(option: str, text: str | None) -> Decimal | None:
    return None if text is None else decimal(text, option)
