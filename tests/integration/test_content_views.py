"""What the views of system 2 hide, and how they tell what trends."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
import pytest

from deploy.local_stack import LocalStack
from projections.content.tables import TREND_FACTORS
from tests.integration.content_setting import filled_world
from tests.unit.made_events import BASE


@pytest.fixture(scope="module")
def database(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with filled_world(stack, tmp_path_factory.mktemp("world")) as url:
        yield url


def rows(url: str, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query, parameters).fetchall()


def test_a_removed_video_is_hidden(database: str) -> None:
    assert rows(database, "SELECT count(*) FROM content.videos WHERE video_id = 'video-00000500'") == [(0,)]
    assert rows(database, "SELECT count(*) FROM content.videos") == [(19_960,)]


def test_a_deleted_community_is_hidden_with_what_hangs_on_it(database: str) -> None:
    for view in ("communities", "community_creators", "community_hashtags"):
        query = psycopg.sql.SQL("SELECT count(*) FROM content.{} WHERE community_id = 'community-99'")
        with psycopg.connect(database) as connection:
            (found,) = connection.execute(query.format(psycopg.sql.Identifier(view))).fetchall()
        assert found == (0,), view
    still_in_it = "SELECT count(*) FROM content.videos WHERE 'community-99' = ANY (communities)"
    assert rows(database, still_in_it) == [(0,)]
    assert rows(
        database, "SELECT count(*) > 0 FROM content_g1.community_videos WHERE community_id = 'community-99'"
    )


def test_a_linked_hashtag_without_videos_has_zeros(database: str) -> None:
    found = rows(
        database, "SELECT count(*) FROM content.community_hashtags WHERE community_id = 'community-0'"
    )
    assert found == [(10,)]
    assert rows(database, "SELECT bool_or(videos_count = 0) FROM content.community_hashtags") == [(True,)]


def test_views_weigh_more_while_the_newest_video_is_young(database: str) -> None:
    """The steps of the views are those of the tables; each ends when its age is reached."""
    steps = rows(database, "SELECT since, factor FROM content.trend_steps ORDER BY factor DESC")
    minute = BASE.replace(second=0, microsecond=0)
    assert steps == [(minute - age, factor) for age, factor in TREND_FACTORS]
    found = rows(database, "SELECT views_total, last_seen_at, trend_score, trending FROM content.hashtags")
    assert {factor_at(minute - last_seen_at) for _, last_seen_at, _, _ in found if last_seen_at} == {
        10,
        5,
        2,
        1,
    }
    for views, last_seen_at, score, trending in found:
        factor = 1 if last_seen_at is None else factor_at(minute - last_seen_at)
        assert score == views * factor
        assert trending == (score > 100_000)


def factor_at(age: timedelta) -> int:
    return next((factor for limit, factor in TREND_FACTORS if age < limit), 1)
