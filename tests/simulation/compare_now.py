"""Compares what depends on the minute with the oracle: windows, scores, calculations, the cells below them.

Nothing may be folded in between: the oracle is asked as of the minute that Postgres says it answered for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.generations import Generation, filled
from tests.simulation import oracle_windows as windows
from tests.simulation.compare import row_differences
from tests.simulation.oracle import Expected, Row
from tests.simulation.oracle_heat import HEAT_BEGINS, action_cells, boost_and_join_cells, hour_of, warmths

RIPPLE: Final = ("wave_id", "ripple_id")
SCORE_TOLERANCE: Final = Decimal("0.000001")
SCORE_TOLERANCE_SHARE: Final = Decimal("0.000000001")
"""Scores above 1,000 are floats on their way: 9 digits of them must be right."""
MINUTES_SURE: Final = timedelta(hours=2)
"""Minute cells of 26 hours are kept: windows of 24 are exact from so long before the newest record on."""
MINUTE: Final = timedelta(minutes=1)
_TELLING_MINUTES: Final = (0, 59, 60, 1439, 1440)
_WINDOW_COLUMNS: Final = ("actions_1h", "actions_24h", "trending_score")


def is_same_score(found: Decimal, wanted: Decimal) -> bool:
    """Whether the scores differ by less than floats and six places explain."""
    return abs(found - wanted) <= max(SCORE_TOLERANCE, wanted * SCORE_TOLERANCE_SHARE)


def telling_minutes(wanted: Expected, newest: datetime, random: Random, count: int) -> list[datetime]:
    """At most so many minutes at which an action enters a window or is about to leave one.

    `newest` is the append time of the newest record.
    """
    first = newest - MINUTES_SURE
    acted = {action.event.at.replace(second=0, microsecond=0) for action in wanted.facts.actions}
    minutes = {at + after * MINUTE for at in acted for after in _TELLING_MINUTES}
    telling = sorted(minute for minute in minutes if minute > first)
    return random.sample(telling, min(count, len(telling)))


async def now_differences(
    connection: AsyncConnection[Any],
    generation: Generation,
    wanted: Expected,
    minutes: Iterable[datetime] = (),
    indexes_as_of: datetime | None = None,
) -> list[str]:
    """A line for each difference in the views of now, and in the windows as of these minutes as well.

    `indexes_as_of` is given when everything was folded before view `impact_indexes` was calculated as of it.
    """
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        lines = await _cell_differences(connection, generation, wanted)
        lines += await _counter_differences(connection, generation, wanted)
        lines += await _stored_window_differences(connection, generation, wanted)
        lines += await _calculation_differences(connection, generation, wanted)
        lines += await _index_differences(connection, generation, wanted)
        if indexes_as_of is not None:
            rows = await _selected(connection, generation, "SELECT * FROM {views}.impact_indexes")
            right = windows.impact_indexes(wanted.facts, indexes_as_of)
            lines += row_differences("impact_indexes", RIPPLE, rows, right)
        for minute in minutes:
            lines += await _window_differences(connection, generation, wanted, minute)
    return lines


def half_life(generation: Generation) -> timedelta:
    """The half-life of the scores of this generation."""
    return timedelta(hours=float(generation.parameters["half_life_hours"]))


async def _rows(connection: AsyncConnection[Any], statement: sql.Composed, *values: object) -> list[Row]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


async def _selected(
    connection: AsyncConnection[Any], generation: Generation, text: str, *values: object
) -> list[Row]:
    """The rows of a statement in which {generation} is its schema and {views} that of the stable views."""
    places = {"generation": sql.Identifier(generation.schema), "views": sql.Identifier(generation.system)}
    return await _rows(connection, sql.SQL(text).format(**places), *values)


async def _cell_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected
) -> list[str]:
    """Heat is whole numbers in cells, so it is compared exactly."""
    standing = (
        " FROM {generation}.%s h WHERE (h.heat_units <> 0 OR h.%s <> 0)"
        " AND NOT EXISTS (SELECT FROM {generation}.waves w WHERE w.wave_id = h.wave_id AND w.deleted)"
        " AND NOT EXISTS (SELECT FROM {generation}.ripples r"
        " WHERE r.wave_id = h.wave_id AND r.ripple_id = h.ripple_id AND r.deleted)"
    )
    columns = "SELECT h.wave_id, h.ripple_id, h.%s, to_timestamp(h.hour * 3600) AS hour, h.heat_units AS heat"
    life = half_life(generation)
    lines = []
    for table, kind, count, cells in (
        ("activity_hours", "bucket", "actions", action_cells(wanted.facts, life)),
        ("interest_hours", "kind", "amount", boost_and_join_cells(wanted.facts, life)),
    ):
        found = await _selected(connection, generation, columns % kind + standing % (table, count))
        lines += row_differences(table, (*RIPPLE, kind, "hour"), found, cells)
    return lines


async def _counter_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected
) -> list[str]:
    found = await _selected(
        connection,
        generation,
        "SELECT c.*, k.minute AS minute_now FROM {views}.ripple_counters c CROSS JOIN {views}.clock k",
    )
    if not found:
        return [f"ripple_counters{ripple}: missing" for ripple in wanted.facts.visible_ripples()]
    minute = _minute(found[0]["minute_now"])
    right = windows.live_counters(wanted.facts, minute, half_life(generation))
    return _scored_differences(f"ripple_counters as of {minute:%H:%M}", found, right)


async def _stored_window_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected
) -> list[str]:
    """Each stored window is right as of its own minute; a ripple without one has nothing that counts."""
    found = await _selected(connection, generation, "SELECT * FROM {views}.ripple_trends")
    by_minute: dict[datetime, list[Row]] = defaultdict(list)
    for row in found:
        minute = row["minute"]
        assert isinstance(minute, datetime)
        by_minute[minute].append(row)
    life = half_life(generation)
    lines = []
    for minute, rows in sorted(by_minute.items()):
        known = {_ripple(row): row for row in windows.live_counters(wanted.facts, minute, life)}
        # What nothing counts in any more may keep a row, of zeros.
        right = [known.get(_ripple(row), dict.fromkeys(_WINDOW_COLUMNS, 0) | _named(row)) for row in rows]
        name = f"stored ripple_trends as of {minute:%d %H:%M}"
        lines += _scored_differences(name, _with_scores(rows, minute, life), right)
    stored = {_ripple(row) for row in found}
    missing = {warmth.ripple for warmth in warmths(wanted.facts)} - stored
    return lines + [f"stored ripple_trends{ripple}: missing" for ripple in sorted(missing)]


async def _window_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected, minute: datetime
) -> list[str]:
    found = await _selected(
        connection,
        generation,
        "SELECT c.wave_id, c.ripple_id, t.* FROM {views}.ripple_counters c"
        " CROSS JOIN LATERAL {generation}.ripple_trends_at(c.wave_id, c.ripple_id, %s) t",
        int(minute.timestamp()) // 60,
    )
    right = windows.live_counters(wanted.facts, minute, half_life(generation))
    scored = _with_scores(found, minute, half_life(generation))
    return _scored_differences(f"ripple_trends_at {minute:%d %H:%M}", scored, right)


async def _calculation_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected
) -> list[str]:
    found = await _selected(connection, generation, "SELECT * FROM {views}.impact_calculations")
    if not found:
        return [f"impact_calculations{ripple}: missing" for ripple in wanted.facts.visible_ripples()]
    hour = found[0]["calculated_at"]
    assert isinstance(hour, datetime)
    right = windows.impact_calculations(wanted.facts, hour)
    return row_differences("impact_calculations", (*RIPPLE, "timeframe"), found, right)


async def _index_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: Expected
) -> list[str]:
    """What the calculation makes of the tables as of the hours around now, whether or not it was done."""
    lines = []
    newest = max((action.event.at for action in wanted.facts.actions), default=HEAT_BEGINS)
    for hour in (hour_of(newest) - timedelta(hours=1), hour_of(newest) + timedelta(hours=1)):
        statement = filled(IMPACT_INDEXES.computed, generation)
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, {"as_of": hour})
            found = await cursor.fetchall()
        right = windows.impact_indexes(wanted.facts, hour, of_idle=False)
        lines += row_differences(f"impact_indexes as of {hour:%d %H:%M}", RIPPLE, found, right)
    return lines


def _minute(number: object) -> datetime:
    assert isinstance(number, int)
    return datetime(1970, 1, 1, tzinfo=UTC) + number * MINUTE


def _with_scores(rows: Iterable[Row], minute: datetime, life: timedelta) -> list[Row]:
    """Heat is a logarithm that time does not change: the score at the minute is told from it."""
    half_lives = (minute - HEAT_BEGINS) / life

    def score(heat: object) -> Decimal:
        return Decimal(2 ** (heat - half_lives)) if isinstance(heat, float) else Decimal(0)

    return [row | {"trending_score": score(row["heat"])} for row in rows]


def _ripple(row: Row) -> tuple[object, object]:
    return row["wave_id"], row["ripple_id"]


def _named(row: Row) -> Row:
    return {column: row[column] for column in RIPPLE}


def _scored_differences(name: str, found: Sequence[Row], wanted: Sequence[Row]) -> list[str]:
    """Differences of rows, whose scores are the same when they are nearly the same."""
    scores = {_ripple(row): row["trending_score"] for row in wanted}
    settled: list[Row] = []
    for row in found:
        score, right = row["trending_score"], scores.get(_ripple(row))
        assert isinstance(score, Decimal)
        is_same = isinstance(right, Decimal | int) and is_same_score(score, Decimal(right))
        settled.append(row | {"trending_score": right} if is_same else row)
    return row_differences(name, RIPPLE, settled, wanted)
