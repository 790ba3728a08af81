"""Reconciliation: totals that are not what the videos add up to are found, repaired and reported."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from events.content import VideoPublished
from events.decisions import decision_id
from projections.postgres import reconciliation
from projections.postgres.connection import BY_INDEX, connect
from streams.decisions import DecisionPlace, Outcome, decide, decided_events
from streams.errors import Fenced
from streams.folds.content.reconciling import DAYS, reconciling
from tests.integration.content_happenings import Lives
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding, until
from tests.integration.rules_setting import AT, everything, id_of
from tests.simulation.engine_run import Owner

PARTITIONS: Final = 3
COUNTS: Final = 800
EVER_DAYS: Final = 36_500
DAY: Final = timedelta(days=1)
NIGHT: Final = AT.replace(hour=3) + DAY
SCHEMA: Final = ["content_g1"]
NOTHING: Final = "nothing"

Detail = tuple[str, str, str, str, str]

# What is planted, and what of it the report must tell: table, key, column, was, became.
PLANTED: Final[dict[str, tuple[str, Detail | tuple[str, ...]]]] = {
    "wrong total": (
        "UPDATE creator_totals SET views = 7 WHERE creator_id = 'creator 3'",
        ("creator_totals", "creator 3", "views", "7"),
    ),
    "total gone": (
        "DELETE FROM hashtag_totals WHERE hashtag = 'lamp'",
        ("hashtag_totals", "lamp", "name", NOTHING, "Lamp"),
    ),
    "total of nobody": (
        (
            "INSERT INTO sound_totals (sound_id, known, videos, creators, views, likes, comments, shares,"
            " saves, impact_cents) VALUES ('a ghost', 0, 1, 0, 5, 0, 0, 0, 0, 0)"
        ),
        ("sound_totals", "a ghost", "views", "5", NOTHING),
    ),
    "newest and name": (
        "UPDATE hashtag_totals SET newest_at = '2040-01-01Z', name = 'other' WHERE hashtag = 'diy'",
        ("hashtag_totals", "diy", "name", "other"),
    ),
    "creators of a community": (
        "UPDATE community_totals SET creators = creators + 1 WHERE community_id = 'community 4'",
        ("community_totals", "community 4", "creators"),
    ),
    "pair gone": (
        (
            "DELETE FROM hashtag_creators WHERE (hashtag, creator_id) ="
            " (SELECT hashtag, creator_id FROM hashtag_creators WHERE hashtag = 'diy'"
            " ORDER BY creator_id LIMIT 1)"
        ),
        ("hashtag_creators",),
    ),
    "likes of a pair": (
        "UPDATE sound_creators SET likes = likes - 1 WHERE sound_id = 'sound 2'",
        ("sound_creators",),
    ),
    "pair too many": (
        (
            "INSERT INTO community_creators (community_id, creator_id, videos, views, likes, impact_cents)"
            " VALUES ('community 5', 'a ghost', 1, 2, 3, 4)"
        ),
        ("community_creators", '["community 5", "a ghost"]', "videos", "1", NOTHING),
    ),
    "linked hashtag": (
        "UPDATE community_hashtags SET views = views + 1 WHERE community_id = 'community 1'",
        ("community_hashtags",),
    ),
    "video listed twice": (
        (
            "INSERT INTO hashtag_videos SELECT 'strangers', video_id, creator_id, published_at, views_order,"
            " impact_order, likes_order, comments_order FROM hashtag_videos WHERE hashtag = 'diy' LIMIT 1"
        ),
        ("hashtag_videos",),
    ),
    "video not listed": (
        "DELETE FROM creator_videos WHERE creator_id = 'creator 1'",
        ("creator_videos",),
    ),
    "order of a list": (
        "UPDATE community_videos SET views_order = views_order - 1 WHERE community_id = 'community 6'",
        ("community_videos",),
    ),
    "form of a hashtag": (
        "UPDATE hashtag_names SET form = 'bent' WHERE hashtag = 'late'",
        ("hashtag_names",),
    ),
    "wrong impact": (
        "UPDATE videos SET impact_cents = impact_cents + 11 WHERE video_id IN ('v7', 'v8')",
        ("videos", "v7", "impact_cents"),
    ),
}


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is ten minutes past AT, a whole hour; many things happened to many videos, all of it is folded."""
    started = await Deciding.start(postgres, AT + CLOSES_AFTER, PARTITIONS, "content")
    await started.tell(*Lives(Random(8), started.clock.at, PARTITIONS).all(COUNTS))
    yield started
    await started.end()


async def reconciled(deciding: Deciding, days: int = EVER_DAYS) -> dict[str, Any]:
    """The report of a run by command."""
    deciding.clock.advance(timedelta(microseconds=1))
    asked_at = deciding.clock.at
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)
    decision = reconciling(days)
    assert await decide(deciding.connection, place, decision, asked_at) is Outcome.DECIDED
    (report,) = await decided_events(deciding.connection, place, decision, asked_at)
    assert report["id"] == str(decision_id("content.reconciled", asked_at, 0))
    return report


async def plant(deciding: Deciding, name: str) -> None:
    statement, _ = PLANTED[name]
    async with await connect(deciding.url, search_path="content_g1,public") as connection:
        planted = await connection.execute(statement.encode())
    assert planted.rowcount > 0, f"nothing was planted: {statement}"


async def test_where_nothing_drifted_nothing_is_reported_or_changed(deciding: Deciding) -> None:
    before = await everything(deciding.url, SCHEMA)
    report = await reconciled(deciding)
    assert (report["drifted"], report["repaired"], report["details"]) == (0, 0, [])
    assert report["checked"] > sum(
        len(before[f"content_g1.{table}"]) for table in ("videos", "hashtag_videos")
    )
    assert await everything(deciding.url, SCHEMA) == before


@pytest.mark.parametrize("name", PLANTED)
async def test_drift_is_repaired_and_told(name: str, deciding: Deciding) -> None:
    before = await everything(deciding.url, SCHEMA)
    await plant(deciding, name)
    assert await everything(deciding.url, SCHEMA) != before
    report = await reconciled(deciding)
    assert await everything(deciding.url, SCHEMA) == before
    assert report["drifted"] == report["repaired"] >= 1
    told = [(d["table"], d["key"], d["column"], d["was"], d["became"]) for d in report["details"]]
    expected = PLANTED[name][1]
    assert any(detail[: len(expected)] == expected for detail in told), told
    assert (await reconciled(deciding))["drifted"] == 0


async def test_much_drift_at_once_is_repaired_and_the_first_of_it_told(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "OWNERS_TOGETHER_MAX", 2)
    before = await everything(deciding.url, SCHEMA)
    for table in ("creator_totals", "hashtag_videos", "hashtag_creators", "community_totals"):
        await deciding.connection.execute(f"DELETE FROM content_g1.{table}".encode())
    report = await reconciled(deciding)
    assert await everything(deciding.url, SCHEMA) == before
    assert report["drifted"] == report["repaired"] > 100
    assert len(report["details"]) == 100
    assert {detail["table"] for detail in report["details"]} == {"hashtag_videos"}


async def test_only_what_videos_changed_lately_feed_is_looked_at(deciding: Deciding) -> None:
    """A total without any video is drift whenever it came about."""
    at = AT - 30 * DAY
    old = VideoPublished.new(id=id_of("old"), at=at, video_id="old", creator_id="of old")
    await deciding.tell(Lives(Random(9), deciding.clock.at, PARTITIONS).told(old))
    await deciding.connection.execute(
        b"UPDATE content_g1.creator_totals SET views = 1 WHERE creator_id = 'of old'"
    )
    await plant(deciding, "total of nobody")
    assert (await reconciled(deciding, days=29))["drifted"] == 1
    assert (await reconciled(deciding, days=31))["drifted"] == 1


async def test_whoever_folds_starts_afresh_where_a_video_was_repaired(deciding: Deciding) -> None:
    """It has the video in its memory as it was: what it would add next is wrong."""
    lives = Lives(Random(10), deciding.clock.at, PARTITIONS)
    await plant(deciding, "wrong impact")
    fresh = await Owner.take_over(deciding.engine, deciding.url, deciding.log, range(PARTITIONS))
    deciding.append(*(lives.counted(n, AT, 1) for n in (7, 8)))
    await fresh.fold(*fresh.behind, records_max=10)
    assert (await reconciled(deciding))["repaired"] == 2
    with pytest.raises(Fenced):
        await fresh.flush()
    await fresh.die()
    last = await Owner.take_over(deciding.engine, deciding.url, deciding.log, range(PARTITIONS))
    await last.catch_up()
    await last.die()
    assert (await reconciled(deciding))["drifted"] == 0


async def test_folding_goes_on_meanwhile(deciding: Deciding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every flush is committed between two repairs, and what it adds is in the totals once. A flush that puts
    a row anew repairs it, too."""
    monkeypatch.setattr(reconciliation, "OWNERS_TOGETHER_MAX", 1)
    random = Random(11)
    for name in ("wrong total", "pair gone", "video not listed", "newest and name", "linked hashtag"):
        await plant(deciding, name)
    lives = Lives(random, deciding.clock.at, PARTITIONS)
    deciding.append(*(lives.counted(random.randrange(140), AT, random.randint(1, 500)) for _ in range(600)))
    folding = asyncio.ensure_future(deciding.owner.catch_up(records_max=5))
    report = await reconciled(deciding)
    await folding
    assert report["drifted"] >= report["repaired"] >= 5
    assert (await reconciled(deciding))["drifted"] == 0


async def test_what_was_repaired_before_a_crash_is_no_drift_any_more(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "OWNERS_TOGETHER_MAX", 1)
    before = await everything(deciding.url, SCHEMA)
    await deciding.connection.execute(b"UPDATE content_g1.hashtag_totals SET views = -1")
    await deciding.connection.execute(b"UPDATE content_g1.creator_totals SET views = -1")
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)
    async with await connect(deciding.url, **BY_INDEX) as own:
        run = asyncio.ensure_future(decide(own, place, reconciling(EVER_DAYS), deciding.clock.at))
        wrong = "SELECT (SELECT count(*) FROM content_g1.creator_totals WHERE views = -1) < 10"
        await until("some are repaired", lambda: deciding.value(wrong))
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    left = await deciding.value(
        "SELECT count(*) FROM (SELECT views FROM content_g1.creator_totals"
        " UNION ALL SELECT views FROM content_g1.hashtag_totals) AS t WHERE views = -1"
    )
    assert left > 0
    assert (await reconciled(deciding))["repaired"] == left
    assert await everything(deciding.url, SCHEMA) == before


async def test_only_the_active_generation_is_repaired(deciding: Deciding) -> None:
    await plant(deciding, "wrong total")
    before = await everything(deciding.url, SCHEMA)
    await deciding.connection.execute(b"UPDATE groundswell.generations SET active = false")
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)
    decision = reconciling(EVER_DAYS)
    assert await decide(deciding.connection, place, decision, AT) is Outcome.NOT_HERE
    assert await everything(deciding.url, SCHEMA) == before


async def test_it_runs_every_night_and_the_report_is_kept(deciding: Deciding) -> None:
    await deciding.decide_all()
    deciding.clock.set(NIGHT + CLOSES_AFTER - timedelta(microseconds=1))
    assert NIGHT not in await deciding.decide_all()
    await plant(deciding, "wrong impact")
    deciding.clock.set(NIGHT + CLOSES_AFTER)
    assert NIGHT in await deciding.decide_all()
    assert await deciding.decide_all() == []
    await deciding.relay()
    await deciding.owner.die()
    deciding.owner = await Owner.take_over(deciding.engine, deciding.url, deciding.log, range(PARTITIONS))
    await deciding.owner.catch_up()
    cursor = await deciding.connection.execute(
        b"SELECT at, days, drifted, repaired, details::text FROM content.reconciliations"
        b" ORDER BY at DESC LIMIT 1"
    )
    (report,) = await cursor.fetchall()
    assert report[:4] == (NIGHT, DAYS, 2, 2)
    assert [detail["key"] for detail in json.loads(report[4])] == ["v7", "v8"]


async def test_a_run_by_command_since_makes_the_night_before_needless(deciding: Deciding) -> None:
    await deciding.decide_all()
    deciding.clock.set(NIGHT + HOUR)
    report = await reconciled(deciding)
    await deciding.decide_all()
    newest = 'SELECT to_char(max(nominal_time), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') FROM groundswell.outbox'
    assert await deciding.value(f"{newest} WHERE decision = 'reconciled'") == report["at"]
