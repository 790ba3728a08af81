"""What many rows name is one object in memory, wherever the rows come from."""

from projections.content.rows import Video
from projections.content.tables import VIDEOS
from projections.postgres.merge import StateMerge
from tests.unit.content_driver import BASE, content_driver, joined, published, video_of

DEFAULTS = [getattr(Video("v"), name) for name in VIDEOS.row.__struct_fields__]


def loaded(video_id: str) -> Video:
    """A video as Postgres answers it: each text another object."""
    of = {
        "video_id": video_id,
        "creator_id": "".join(("a", "da")),
        "sound_id": "".join(("ra", "in")),
        "hashtags": ["".join(("d", "iy"))],
        "communities": ["".join(("mak", "ers"))],
        "impact_cents": 0,
    }
    values = [
        of.get(name, default) for name, default in zip(VIDEOS.row.__struct_fields__, DEFAULTS, strict=True)
    ]
    row: Video = StateMerge.of(VIDEOS, 0, "content_g1").row_of(tuple(values))
    return row


def names(video: Video) -> list[str | None]:
    return [video.creator_id, video.sound_id, *video.hashtags, *video.communities]


def test_videos_that_were_loaded_and_told_share_their_owners() -> None:
    driver = content_driver().given(
        published("v", creator_id="ada", sound_id="rain", hashtags=["#DIY"], at=BASE), joined("makers")
    )
    told = names(video_of(driver))
    assert told == ["ada", "rain", "diy", "makers"]
    for video in (loaded("w"), loaded("x")):
        assert [one is other for one, other in zip(names(video), told, strict=True)] == [True] * 4


def test_what_is_not_named_is_nothing() -> None:
    assert names(video_of(content_driver().given(published("v", creator_id="ada")))) == ["ada", None]
