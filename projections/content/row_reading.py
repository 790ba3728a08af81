"""From a row as Postgres answers it to an answer. Names fall back here, not in the views."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, TypeAlias, TypeVar, get_type_hints

from projections.content.answers import (
    UNKNOWN_ARTIST,
    UNTITLED,
    CommunityRow,
    CreatorRow,
    HashtagRow,
    LinkedHashtag,
    OwnerCreator,
    SoundRow,
    VideoCreator,
    VideoRow,
)

Answer = TypeVar("Answer")
Found: TypeAlias = Mapping[str, Any]


def video(found: Found) -> VideoRow:
    """A row of videos with the columns of its creator."""
    creator = (
        None if found["creator_id"] is None else _made(VideoCreator, found, display_name=_display_name(found))
    )
    return _made(VideoRow, found, title=found["caption"] or found["description"] or UNTITLED, creator=creator)


def creator(found: Found) -> CreatorRow:
    """A row of creators."""
    return _made(CreatorRow, found, display_name=_display_name(found))


def creator_of(found: Found) -> OwnerCreator:
    """A row of the creators of something."""
    return _made(OwnerCreator, found, display_name=_display_name(found))


def sound(found: Found) -> SoundRow:
    """A row of sounds."""
    return _made(SoundRow, found, title=found["title"] or UNTITLED, author=found["author"] or UNKNOWN_ARTIST)


def hashtag(found: Found) -> HashtagRow:
    """A row of hashtags."""
    return _made(HashtagRow, found, name=found["name"] or found["hashtag"])


def hashtag_of(found: Found) -> LinkedHashtag:
    """A row of the hashtags that a community links."""
    return _made(LinkedHashtag, found)


def community(found: Found) -> CommunityRow:
    """A row of communities."""
    return _made(CommunityRow, found, name=found["name"] or found["community_id"])


READERS: Final[dict[str, Callable[[Found], Any]]] = {
    "rows/videos": video,
    "rows/creators": creator,
    "rows/creators_of": creator_of,
    "rows/sounds": sound,
    "rows/hashtags": hashtag,
    "rows/hashtags_of": hashtag_of,
    "rows/communities": community,
}
"""By the file that answers the rows."""


def _display_name(found: Found) -> str:
    name: str = found["display_name"] or found["username"] or found["creator_id"]
    return name


def _made(kind: type[Answer], found: Found, **known: Any) -> Answer:
    """The answer from the columns of its fields' names. Sums are numeric to Postgres, and whole."""
    values = dict(known)
    for name, is_whole in _FIELDS[kind]:
        if name not in known:
            value = found[name]
            values[name] = int(value) if is_whole and value is not None else value
    return kind(**values)


_FIELDS: Final[dict[type, tuple[tuple[str, bool], ...]]] = {
    kind: tuple((field.name, get_type_hints(kind)[field.name] is int) for field in fields(kind))
    for kind in (
        VideoCreator,
        VideoRow,
        CreatorRow,
        OwnerCreator,
        SoundRow,
        HashtagRow,
        LinkedHashtag,
        CommunityRow,
    )
}
