"""Two ordered streams of rows, as COPY writes them: every difference is found, by key and column."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

import pytest

from projections.postgres import comparison
from projections.postgres.comparables import comparables, not_compared
from projections.postgres.comparison import Compared, Difference, Shape, are_close, compare
from projections.tables import Column
from streams.system import system_named

NUMBERS = Shape("numbers", [Column("n", int), Column("text", str), Column("heat", float)], 1)
WORDS = Shape("words", [Column("word", str), Column("n", int)], 1)


async def stream(rows: Iterable[str]) -> AsyncIterator[bytes]:
    for row in rows:
        yield row.encode() + b"\n"


async def compared(shape: Shape, live: Iterable[str], rebuilt: Iterable[str]) -> Compared:
    return await compare(shape, stream(live), stream(rebuilt))


def found(compared: Compared) -> list[tuple[object, ...]]:
    return [(*d.key.values(), d.column, d.live, d.rebuilt) for d in compared.differences]


async def test_equal_rows_are_counted() -> None:
    rows = ["1\ta\t0.5", "2\t\\N\t\\N"]
    result = await compared(NUMBERS, rows, rows)
    assert (result.rows, result.total) == (2, 0)


async def test_a_wrong_value_a_missing_row_and_one_too_many_are_told_apart() -> None:
    result = await compared(NUMBERS, ["2\ta\t1", "3\tb\t1", "9\tc\t1"], ["1\tz\t1", "2\ta\t1", "3\tB\t1"])
    assert found(result) == [
        (1, None, None, "a row"),
        (3, "text", "b", "B"),
        (9, None, "a row", None),
    ]
    assert (result.rows, result.total) == (4, 3)


async def test_each_column_that_differs_is_named() -> None:
    result = await compared(NUMBERS, ["1\ta\t1"], ["1\tb\t2"])
    assert found(result) == [(1, "text", "a", "b"), (1, "heat", "1", "2")]


async def test_null_differs_from_text_and_from_nothing() -> None:
    result = await compared(NUMBERS, ["1\t\\N\t\\N", "2\t\\\\N\t1"], ["1\t\t1", "2\t\\N\t1"])
    assert found(result) == [(1, "text", None, ""), (1, "heat", None, "1"), (2, "text", "\\N", None)]


async def test_numbers_are_ordered_by_value_and_text_by_its_bytes() -> None:
    """As Postgres orders them, escaped or not: otherwise everything behind would seem to differ."""
    assert found(await compared(NUMBERS, ["9\ta\t1", "10\ta\t1"], ["10\ta\t1"])) == [(9, None, "a row", None)]
    words = sorted(["\t", "\\", "a", "a\tb", "a\\b", "ab", "é", "z", "\ufb00", "🌊"], key=str.encode)
    lines = [word.replace("\\", "\\\\").replace("\t", "\\t") + "\t1" for word in words]
    for missing, word in enumerate(words):
        others = lines[:missing] + lines[missing + 1 :]
        assert found(await compared(WORDS, others, lines)) == [(word, None, None, "a row")]
        assert found(await compared(WORDS, lines, others)) == [(word, None, "a row", None)]


async def test_floating_point_sums_may_differ_by_a_millionth() -> None:
    result = await compared(NUMBERS, ["1\ta\t0.1", "2\ta\t1e9"], ["1\ta\t0.1000009", "2\ta\t1000000999"])
    assert result.total == 0
    result = await compared(NUMBERS, ["1\ta\t0.1", "2\ta\t1e9"], ["1\ta\t0.1000011", "2\ta\t1000002000"])
    assert result.total == 2


@pytest.mark.parametrize(("one", "other"), [(None, 1.0), (1.0, None), ("NaN", "1"), ("inf", "1")])
def test_what_is_no_number_is_close_to_none(one: float | str | None, other: float | str | None) -> None:
    assert not are_close(one, other)


async def test_only_the_first_differences_are_kept_and_all_are_counted() -> None:
    rows = [f"{number}\ta\t1" for number in range(250)]
    result = await compared(NUMBERS, rows, [])
    assert len(result.differences) == comparison.DIFFERENCES_KEPT_MAX
    assert result.total == 250
    assert result.differences[0] == Difference("numbers", {"n": 0}, None, "a row", None)


def test_every_table_of_a_system_is_compared() -> None:
    model = system_named("actions").model
    now = datetime(2026, 11, 21, tzinfo=UTC)
    as_of = {table.name: now for table in model.calculated}
    names = {one.shape.table for one in comparables(model, now, as_of, 100)}
    folded = {table.name for table in model.tables}
    calculated = {table.name for table in model.calculated}
    assert names == folded | calculated | {"dead_letters", "positions"}
    told = " ".join(not_compared(model, now, as_of))
    assert all(name in told for name in calculated | {table.name for table in model.windows})
