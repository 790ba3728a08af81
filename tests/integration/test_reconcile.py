"""Reconciliation: totals that are not what the videos add up to are found, repaired and reported."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from events.content import VideoChanged, VideoPublished, VideoRemoved
from events.decisions import decision_id
from events.envelope import Event
from events.reconciled_days import DAYS_MAX, DAYS_USUAL
from projections.postgres import reconciliation
from projections.postgres.connection import BY_INDEX, connect
from streams.decisions import DecisionPlace, Outcome, Reported, Row, decide, decided_events
from streams.errors import Fenced
from streams.folds.content import RECONCILING
from tests.integration.content_happenings import Lives
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding, until
from tests.integration.rules_setting import AT, everything, id_of
from tests.simulation.engine_run import Owner

PARTITIONS: Final = 3
COUNTS: Final = 800
DAY: Final = timedelta(days=1)
NIGHT: Final = AT.replace(hour=3) + DAY
SCHEMA: Final = ["content_g1"]
NOTHING: Final = "nothing"

LEFT: Final = (
    "SELECT count(*) FROM (SELECT views FROM content_g1.creator_totals"
    " UNION ALL SELECT views FROM content_g1.hashtag_totals) AS t WHERE views = -1"
)
BETWEEN: Final = {
    "hold": "INSERT INTO groundswell.holds (hold, system) VALUES (gen_random_uuid(), 'content')",
    "promote": "UPDATE groundswell.generations SET active = false",
}
# One row takes 0.2 s, another one longer than any may.
SLOW: Final = b"""
CREATE FUNCTION content_g1.slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(CASE new.community_id WHEN 'community 3' THEN 5 ELSE 0.2 END);
    RETURN new;
END $$;
CREATE TRIGGER slow BEFORE INSERT ON content_g1.community_totals
FOR EACH ROW EXECUTE FUNCTION content_g1.slow()
"""

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


def place_of(deciding: Deciding) -> DecisionPlace:
    return DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)


async def reconciled(deciding: Deciding, days: int = DAYS_MAX) -> dict[str, Any]:
    """The report of a run by command."""
    deciding.clock.advance(timedelta(microseconds=1))
    asked_at = deciding.clock.at
    place, decision = place_of(deciding), RECONCILING(days)
    assert await decide(deciding.connection, place, decision, asked_at) is Outcome.DECIDED
    (report,) = await decided_events(deciding.connection, place, decision, asked_at)
    assert report["id"] == str(decision_id("content.reconciled", asked_at, 0))
    return report


async def plant(deciding: Deciding, name: str) -> None:
    statement, _ = PLANTED[name]
    await execute(deciding, statement)


async def execute(deciding: Deciding, statement: str) -> None:
    """Bends tables of the generation."""
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
    monkeypatch.setattr(reconciliation, "ROWS_TOGETHER_MAX", 2)
    before = await everything(deciding.url, SCHEMA)
    for table in ("creator_totals", "hashtag_videos", "hashtag_creators", "community_totals"):
        await deciding.connection.execute(f"DELETE FROM content_g1.{table}".encode())
    report = await reconciled(deciding)
    assert await everything(deciding.url, SCHEMA) == before
    assert report["drifted"] == report["repaired"] > 100
    assert len(report["details"]) == 100
    assert {detail["table"] for detail in report["details"]} == {"hashtag_videos"}


async def test_the_days_narrow_whose_scores_are_looked_at_and_nothing_else(deciding: Deciding) -> None:
    at = AT - 30 * DAY
    old = VideoPublished.new(id=id_of("old"), at=at, video_id="old", creator_id="of old")
    await deciding.tell(Lives(Random(9), deciding.clock.at, PARTITIONS).told(old))
    await execute(deciding, "UPDATE creator_totals SET views = 1 WHERE creator_id = 'of old'")
    assert (await reconciled(deciding, days=1))["drifted"] == 1
    await execute(deciding, "UPDATE videos SET impact_cents = 1 WHERE video_id = 'old'")
    assert (await reconciled(deciding, days=29))["drifted"] == 2, "its place in a list, and a total"
    assert (await reconciled(deciding, days=31))["drifted"] == 3, "its score, and both again"


async def test_whom_a_removed_or_moved_video_left_is_looked_at(deciding: Deciding) -> None:
    """Neither a tombstone nor a video tells whose it was."""
    lives, at = Lives(Random(12), deciding.clock.at, PARTITIONS), deciding.clock.at
    facts: list[Event] = []
    for name in ("gone", "moved"):
        facts += [
            VideoPublished.new(id=id_of(name), at=at - 40 * DAY, video_id=name, creator_id=f"of {name}"),
            VideoPublished.new(
                id=id_of(f"{name} kept"), at=at - 40 * DAY, video_id=f"{name} kept", creator_id=f"of {name}"
            ),
        ]
    facts.append(VideoRemoved.new(id=id_of("removed"), at=at, video_id="gone"))
    facts.append(VideoChanged.new(id=id_of("changed"), at=at, video_id="moved", creator_id="another"))
    await deciding.tell(*map(lives.told, facts))
    bent = "UPDATE creator_totals SET videos = 2 WHERE creator_id IN ('of gone', 'of moved')"
    await execute(deciding, bent)
    report = await reconciled(deciding, days=1)
    assert [(d["key"], d["was"], d["became"]) for d in report["details"]] == [
        ("of gone", "2", "1"),
        ("of moved", "2", "1"),
    ]


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
    monkeypatch.setattr(reconciliation, "ROWS_TOGETHER_MAX", 1)
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


async def test_what_was_repaired_before_a_crash_is_told_by_the_next_report(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "ROWS_TOGETHER_MAX", 1)
    before = await everything(deciding.url, SCHEMA)
    await deciding.connection.execute(b"UPDATE content_g1.hashtag_totals SET views = -1")
    await deciding.connection.execute(b"UPDATE content_g1.creator_totals SET views = -1")
    bent, place = await deciding.value(LEFT), place_of(deciding)
    async with await connect(deciding.url, **BY_INDEX) as own:
        run = asyncio.ensure_future(decide(own, place, RECONCILING(DAYS_MAX), deciding.clock.at))
        wrong = "SELECT (SELECT count(*) FROM content_g1.creator_totals WHERE views = -1) < 10"
        await until("some are repaired", lambda: deciding.value(wrong))
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert 0 < await deciding.value(LEFT) < bent
    report = await reconciled(deciding)
    assert report["repaired"] == report["drifted"] == bent
    assert len({(detail["table"], detail["key"]) for detail in report["details"]}) == bent
    assert await everything(deciding.url, SCHEMA) == before
    assert (await reconciled(deciding))["repaired"] == 0, "once"


@pytest.mark.parametrize("between", ["another leader", "hold", "promote"])
async def test_a_repair_that_its_own_report_does_not_tell_is_told_by_another(
    between: str, deciding: Deciding
) -> None:
    """One leader has repaired and is about to report when another one does, or when nothing may be."""
    await plant(deciding, "wrong total")
    at, place, decision = deciding.clock.at, place_of(deciding), RECONCILING(DAYS_MAX)

    async def work(connection: AsyncConnection[Any], place: DecisionPlace, at: datetime) -> Row:
        assert isinstance(decision.rows, Reported)
        found = await decision.rows.work(connection, place, at)
        if between == "another leader":
            await another_reports(deciding, at)
        else:
            await deciding.connection.execute(BETWEEN[between].encode())
        return found

    assert isinstance(decision.rows, Reported)
    interrupted = replace(decision, rows=Reported(work, decision.rows.tell))
    assert await decide(deciding.connection, place, interrupted, at) is Outcome.NOT_HERE
    await deciding.connection.execute(b"DELETE FROM groundswell.holds")
    await deciding.connection.execute(b"UPDATE groundswell.generations SET active = true")
    (report,) = await decided_events(deciding.connection, place, decision, at) or [await reconciled(deciding)]
    assert (report["drifted"], report["repaired"]) == (1, 1)
    assert report["details"][0]["key"] == "creator 3"


async def another_reports(deciding: Deciding, at: datetime) -> None:
    place, decision = place_of(deciding), RECONCILING(DAYS_MAX)
    async with await connect(deciding.url, **BY_INDEX) as own:
        assert await decide(own, place, decision, at) is Outcome.NOT_HERE, "one at a time"
        # As if the line that holds the lock had gone.
        await deciding.connection.execute("SELECT pg_advisory_unlock_all()")
        assert await decide(own, place, decision, at) is Outcome.DECIDED


async def test_what_takes_too_long_together_is_repaired_in_smaller_parts(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flushes wait no longer for it. A row that alone takes too long stays, and the report says so."""
    monkeypatch.setattr(reconciliation, "REPAIR_MS_MAX", 300)
    monkeypatch.setattr(reconciliation, "ROW_REPAIR_MS_MAX", 600)
    await execute(deciding, "UPDATE community_totals SET saves = saves + 1")
    await deciding.connection.execute(SLOW)
    report = await reconciled(deciding)
    assert report["drifted"] - report["repaired"] == 1
    assert report["repaired"] > 3, "one row takes 0.2 s"
    await deciding.connection.execute(b"DROP TRIGGER slow ON content_g1.community_totals")
    assert (await reconciled(deciding))["repaired"] == 1
    assert (await reconciled(deciding))["drifted"] == 0


async def test_only_the_active_generation_is_repaired(deciding: Deciding) -> None:
    await plant(deciding, "wrong total")
    before = await everything(deciding.url, SCHEMA)
    await deciding.connection.execute(b"UPDATE groundswell.generations SET active = false")
    assert (
        await decide(deciding.connection, place_of(deciding), RECONCILING(DAYS_MAX), AT) is Outcome.NOT_HERE
    )
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
    assert report[:4] == (NIGHT, DAYS_USUAL, 2, 2)
    assert [detail["key"] for detail in json.loads(report[4])] == ["v7", "v8"]


async def test_a_run_by_command_since_makes_the_night_before_needless(deciding: Deciding) -> None:
    await deciding.decide_all()
    deciding.clock.set(NIGHT + HOUR)
    report = await reconciled(deciding)
    await deciding.decide_all()
    newest = 'SELECT to_char(max(nominal_time), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') FROM groundswell.outbox'
    assert await deciding.value(f"{newest} WHERE decision = 'reconciled'") == report["at"]


async def test_a_run_of_fewer_days_since_does_not(deciding: Deciding) -> None:
    """Whether it is folded or only in the outbox."""
    await deciding.decide_all()
    deciding.clock.set(NIGHT + HOUR)
    await reconciled(deciding, days=DAYS_USUAL - 1)
    await deciding.relay()
    await deciding.owner.catch_up()
    await reconciled(deciding, days=1)
    assert NIGHT in await deciding.decide_all()
    assert NIGHT not in await deciding.decide_all()
