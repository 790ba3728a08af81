"""Leaderboards of an hour: what they rank, when, and once; folded from the log and never again."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from psycopg import sql

from events.content_decisions import LEADERBOARD_KINDS, LEADERBOARD_PERIODS, LEADERBOARD_SORTS
from events.decisions import decision_id
from projections.content.read_model import DECISIONS
from projections.postgres.connection import BY_INDEX, connect
from projections.postgres.generations import filled
from projections.postgres.recalculation import plan_for_whole_tables
from streams.decisions import STATEMENT_SECONDS_MAX, DecisionPlace, Outcome, decide
from streams.folds.content.leaderboards import LEADERBOARD_CLOSE
from streams.hours import hour_of
from tests.integration.content_happenings import Lives
from tests.integration.deciding import CLOSES_AFTER, HOUR, Deciding
from tests.integration.generations_setting import another, folded
from tests.integration.rules_setting import AT

PARTITIONS: Final = 3
COUNTS: Final = 2_500
PLACES_MAX: Final = 100
PERIOD_HOURS: Final = {"24h": 24, "7d": 168, "30d": 720, "1y": 8760}
LISTS: Final = [(p, k, s) for p in LEADERBOARD_PERIODS for k in LEADERBOARD_KINDS for s in LEADERBOARD_SORTS]
WRITTEN: Final = (
    "SELECT convert_from(record_value, 'UTF8') FROM groundswell.outbox"
    " WHERE decision = 'leaderboard_closed' AND nominal_time = %s ORDER BY part"
)
STORED: Final = "SELECT l::text FROM {}.leaderboards AS l ORDER BY hour, period, kind, sort, rank"

OLD_CELLS: Final = """
INSERT INTO content_g1.activity (kind, id, hour, views, likes, comments, shares, saves, impact_cents)
SELECT 'video', 'v' || n, %(hours)s - n, 1, 0, 0, 0, 0, 1 FROM generate_series(1, 20000) AS n
"""

Board = list[tuple[str, Decimal]]
"""Ids with their values, by rank."""


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    """It is ten minutes past AT, a whole hour; nothing is reconciled before the next night."""
    started = await Deciding.start(postgres, AT + CLOSES_AFTER, PARTITIONS, "content")
    await started.has_reconciled(AT)
    yield started
    await started.end()


async def written(deciding: Deciding, at: datetime = AT) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """The boards that stand in the outbox, by their names."""
    rows = await (await deciding.connection.execute(WRITTEN, (at,))).fetchall()
    parts = [json.loads(text, parse_float=Decimal, parse_int=Decimal) for (text,) in rows]
    boards: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for number, part in enumerate(parts):
        assert (part["part"], part["parts"]) == (number, len(parts))
        assert part["id"] == str(decision_id("content.leaderboard_closed", at, number))
        boards[part["period"], part["kind"], part["sort"]] += part["entries"]
    return boards


async def wanted(deciding: Deciding, at: datetime = AT) -> dict[tuple[str, str, str], Board]:
    """The boards by a plain program over the cells, the totals and what is removed."""
    values: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    hidden = {("video", name) for (name,) in await rows(deciding, "videos", "video_id", "removed")}
    hidden |= {
        ("community", name) for (name,) in await rows(deciding, "communities", "community_id", "deleted")
    }
    end = hour_of(at)
    for kind, name, hour, views, cents in await rows(
        deciding, "activity", "kind, id, hour, views, impact_cents"
    ):
        for period, hours in PERIOD_HOURS.items():
            if end - hours <= hour < end:
                values[period, kind, "views"][name] += views
                values[period, kind, "impact"][name] += cents
    for kind, table in zip(
        LEADERBOARD_KINDS,
        ("videos", "creator_totals", "sound_totals", "hashtag_totals", "community_totals"),
        strict=True,
    ):
        column = "hashtag" if kind == "hashtag" else f"{kind}_id"
        for name, views, cents in await rows(deciding, table, f"{column}, views, impact_cents"):
            values["all", kind, "views"][name] += views
            values["all", kind, "impact"][name] += cents
    return {board: ranked(board, found, hidden) for board, found in values.items()}


def ranked(board: tuple[str, str, str], values: dict[str, Decimal], hidden: set[tuple[str, str]]) -> Board:
    unit = 100 if board[2] == "impact" else 1
    shown = [(name, value / unit) for name, value in values.items() if value > 0]
    shown = [place for place in shown if (board[1], place[0]) not in hidden]
    return sorted(shown, key=lambda place: (-place[1], place[0].encode()))[:PLACES_MAX]


async def rows(deciding: Deciding, table: str, columns: str, condition: str = "true") -> list[Any]:
    query = f"SELECT {columns} FROM content_g1.{table} WHERE {condition}"
    return await (await deciding.connection.execute(query.encode())).fetchall()


def plain(entries: Iterable[dict[str, Any]]) -> Board:
    return [(entry["id"], Decimal(entry["value"])) for entry in entries]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_board_is_what_a_plain_program_says(seed: int, deciding: Deciding) -> None:
    """Over two hours, so that there are ranks before; the first close is folded, or only in the outbox."""
    print(f"seed {seed}")
    lives = Lives(Random(seed), deciding.clock.at, PARTITIONS)
    await deciding.tell(*lives.all(COUNTS))
    right = await wanted(deciding)
    assert await deciding.decide_all() == [AT], f"seed {seed}"
    first = await written(deciding)
    assert list(first) == LISTS, f"seed {seed}"
    for board in LISTS:
        assert plain(first[board]) == right.get(board, []), f"seed {seed}: {board}"
        assert [entry["rank"] for entry in first[board]] == [*range(1, len(first[board]) + 1)]
        assert all(entry.get("previous_rank") is None for entry in first[board])
    assert len(first["1y", "video", "views"]) == PLACES_MAX, f"seed {seed}"
    if seed % 2:
        await deciding.relay()
        await deciding.owner.catch_up()
    deciding.clock.advance(HOUR)
    await deciding.tell(*(lives.counted(n, AT + timedelta(minutes=5), 90_000) for n in range(100, 140)))
    right = await wanted(deciding, AT + HOUR)
    assert await deciding.decide_all() == [AT + HOUR], f"seed {seed}"
    second = await written(deciding, AT + HOUR)
    for board in LISTS:
        ranks = {entry["id"]: entry["rank"] for entry in first[board]}
        assert plain(second[board]) == right.get(board, []), f"seed {seed}: {board}"
        for entry in second[board]:
            assert entry.get("previous_rank") == ranks.get(entry["id"]), f"seed {seed}: {board}, {entry}"
    assert any(entry.get("previous_rank") is None for entry in second["24h", "video", "views"])


async def test_cells_older_than_a_year_are_not_read(deciding: Deciding) -> None:
    """However many there are: the index leads past them."""
    await deciding.connection.execute(OLD_CELLS, {"hours": hour_of(AT) - PERIOD_HOURS["1y"]})
    await deciding.connection.execute(b"ANALYZE content_g1.activity")
    lives = Lives(Random(7), deciding.clock.at, PARTITIONS)
    await deciding.tell(*lives.all(10))
    async with deciding.connection.transaction():
        await plan_for_whole_tables(deciding.connection, STATEMENT_SECONDS_MAX)
        statement = filled(DECISIONS / "leaderboards.sql", deciding.engine.generation)
        cursor = await deciding.connection.execute(
            sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) ") + statement, {"nominal_time": AT}
        )
        ((plan,),) = await cursor.fetchall()
    (scan,) = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "activity"]
    assert scan["Node Type"] in ("Index Scan", "Bitmap Heap Scan"), scan
    assert scan.get("Rows Removed by Filter", 0) == 0, scan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_only_the_last_hour_is_closed_and_once(deciding: Deciding) -> None:
    lives = Lives(Random(4), deciding.clock.at, PARTITIONS)
    deciding.clock.set(AT)
    assert await deciding.decide_all() == [], "there is no video"
    await deciding.tell(*lives.all(10))
    deciding.clock.set(AT + CLOSES_AFTER - timedelta(microseconds=1))
    assert await deciding.decide_all() == [AT - HOUR]
    deciding.clock.set(AT + CLOSES_AFTER)
    assert await deciding.decide_all() == [AT]
    assert await deciding.decide_all() == []
    deciding.clock.set(AT + 5 * HOUR)
    assert await deciding.decide_all() == [AT + 4 * HOUR], "hours missed are not made up"


async def test_a_close_shows_when_all_of_it_is_folded_and_a_rebuild_gives_the_same(
    deciding: Deciding,
) -> None:
    lives = Lives(Random(5), deciding.clock.at, PARTITIONS)
    await deciding.tell(*lives.all(COUNTS // 5))
    await deciding.decide_all()
    await deciding.relay(marks=False)
    await deciding.relay()
    shown = "SELECT count(*) FROM content.leaderboards"
    (partition,) = deciding.owner.behind
    await deciding.owner.fold(partition, records_max=49)
    await deciding.owner.flush()
    assert await deciding.value(shown) == 0
    await deciding.owner.catch_up()
    assert await deciding.value(shown) == sum(map(len, (await written(deciding)).values()))
    assert await deciding.value("SELECT sum(duplicates) FROM groundswell.positions") == len(LISTS)
    rebuilt = await another(deciding.url, deciding.engine)
    await (await folded(deciding.url, rebuilt, deciding.log)).die()
    found = [
        await (await deciding.connection.execute(STORED.format(schema).encode())).fetchall()
        for schema in ("content_g1", rebuilt.generation.schema)
    ]
    assert found[0] == found[1]


async def test_two_leaders_at_once_write_one_set(deciding: Deciding) -> None:
    """Who decides later, from more records, adds nothing."""
    lives = Lives(Random(6), deciding.clock.at, PARTITIONS)
    await deciding.tell(*lives.all(100))
    place = DecisionPlace(deciding.engine.generation, deciding.engine.topic, PARTITIONS)
    assert await decide(deciding.connection, place, LEADERBOARD_CLOSE, AT) is Outcome.DECIDED
    before = await written(deciding)
    await deciding.tell(lives.counted(7, AT - HOUR, 1_000_000))
    async with await connect(deciding.url, **BY_INDEX) as another_connection:
        assert await decide(another_connection, place, LEADERBOARD_CLOSE, AT) is Outcome.NOT_HERE
    assert await written(deciding) == before
    assert await deciding.decide_all() == []
