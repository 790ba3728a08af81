"""Flushes on a real Postgres: values come back as they were, sums add up, and a flush is whole or nothing.

Text in random rows comes from a seed that each failure names.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import psycopg
import pytest

from projections.postgres import flush
from projections.postgres.connection import connect, is_data_error, is_fenced
from projections.postgres.flush import (
    COPY_BLOCK_CHARACTERS,
    MERGED_TOGETHER_ROWS_MAX,
    FlushWriter,
    PositionMove,
)
from projections.postgres.generations import Generation
from projections.postgres.positions import Position, positions, take_over
from projections.postgres.staging import WIDTH_MAX
from projections.read_model import ReadModel
from projections.tables import CounterTable, Key, StateTable
from tests.integration.flush_tables import (
    AT,
    KINDS,
    KNOWN,
    PLAIN,
    TEXTS,
    TRICKY,
    Kinds,
    Known,
    Step,
    Tables,
    made,
    random_row,
    random_texts,
    tricky,
)

TOPIC: Final = "test.kinds"


@pytest.fixture
async def tables(postgres: str) -> AsyncIterator[Tables]:
    async with made(postgres) as opened:
        yield opened


def row_at(name: str, number: int, **values: Any) -> Kinds:
    """The plain row under this key, with these values."""
    return msgspec.structs.replace(PLAIN, name=name, number=number, **values)


@pytest.mark.parametrize("seed", range(3))
async def test_every_value_comes_back_as_it_was(tables: Tables, seed: int) -> None:
    random = Random(seed)
    rows = [random_row(random, number) for number in range(200)]
    given = {KINDS.key_of(row): row for row in rows}
    await tables.flush(kinds=given)
    found = await tables.loaded(list(given))
    for key, row in given.items():
        assert found.get(key) == row, f"seed {seed}: {key!r}"
    assert len(await tables.stored("kinds")) == len(rows)


@pytest.mark.parametrize("spoiled", [0, 1, 40], ids=["none", "one", "all"])
async def test_rows_of_plain_kinds_come_back_whether_or_not_a_value_must_be_escaped(
    tables: Tables, spoiled: int
) -> None:
    """Without such a value the lines are written in one go, with one they are written again."""
    random = Random(spoiled)
    for text in TRICKY if spoiled else ("plain", "🌊", "NULL", "{", ","):
        rows = [
            random_texts(random, number, text if number < spoiled or not spoiled else "plain")
            for number in range(40)
        ]
        await tables.flush(texts={TEXTS.key_of(row): row for row in rows})
        expected = sorted(msgspec.structs.astuple(row) for row in rows)
        assert await tables.stored("texts") == expected, repr(text)
        await tables.flush(texts={TEXTS.key_of(row): None for row in rows})
        assert await tables.stored("texts") == [], repr(text)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "".join(TRICKY), "text_or_null": "\\N"},
        {
            "items": ("", "a,b", '"', "\\", '\\"', "{x}", "NULL", "null", " ", "\t\n", "🌊"),
            "items_or_null": (),
        },
        {"items": (), "steps": ()},
        {"data": bytes(range(256)), "data_or_null": b""},
        {"amount": Decimal("999999999999.999999"), "amount_or_null": Decimal("-0.000001")},
        {"amount": Decimal(10**40 + 1), "amount_or_null": Decimal("1E+30")},
        {
            "at": datetime(2000, 1, 1, tzinfo=UTC),
            "at_or_null": datetime(8999, 12, 31, 23, 59, 59, 999_999, UTC),
        },
        {"flag": False, "flag_or_null": True},
        {"steps": (Step('"\\\t\n', 2**63 - 1, AT), Step("🌊", -(2**63)))},
        {"json_or_null": {"a": [1, None, True, "\\n\n\t", {"b": 0.5}], "": "é"}},
        {"text": "🌊\t\\" * (COPY_BLOCK_CHARACTERS // 2)},
    ],
    ids="-".join,
)
async def test_a_value_at_its_limits_comes_back_as_it_was(tables: Tables, values: dict[str, Any]) -> None:
    row = msgspec.structs.replace(PLAIN, **values)
    await tables.flush(kinds={("k", 1): row})
    assert await tables.loaded([("k", 1)]) == {("k", 1): row}


async def test_an_array_is_loaded_as_the_tuple_that_was_written(tables: Tables) -> None:
    """A row loaded from Postgres and the same row in the cache are equal to a fold."""
    await tables.flush(kinds={("k", 1): PLAIN})
    merge = tables.writer.states[KINDS]
    cursor = await tables.connection.execute(merge.select.encode(), merge.key_arrays([("k", 1)]))
    assert [merge.row_of(values) for values in await cursor.fetchall()] == [PLAIN]


async def test_states_are_put_replaced_and_removed(tables: Tables) -> None:
    await tables.flush(kinds={("k", n): row_at("k", n, text="first") for n in range(4)})
    changes = {
        ("k", 3): row_at("k", 3, text="second"),
        ("k", 1): None,
        ("k", 9): None,
        ("k", 5): row_at("k", 5, text="new"),
    }
    await tables.flush(kinds=changes)
    found = [(number, text) for _, number, text, *_ in await tables.stored("kinds")]
    assert found == [(0, "first"), (2, "first"), (3, "second"), (5, "new")]
    await tables.flush(kinds=dict.fromkeys([("k", n) for n in range(9)]))
    assert await tables.stored("kinds") == []


async def test_a_row_that_is_only_a_key_stays_put_twice_and_goes_once(tables: Tables) -> None:
    row = Known("a\tb\\", 1)
    for _ in range(2):
        await tables.flush(known={KNOWN.key_of(row): row})
        assert await tables.stored("known") == [("a\tb\\", 1)]
    await tables.flush(known={KNOWN.key_of(row): None})
    assert await tables.stored("known") == []


@pytest.mark.parametrize("seed", range(3))
async def test_counters_are_the_sums_of_their_deltas_and_zeros_vanish(tables: Tables, seed: int) -> None:
    """Sums never fall below zero between two flushes, as nothing is taken back that was not counted."""
    random = Random(seed)
    keys = [(tricky(random), hour) for hour in range(12)]
    expected: dict[Key, list[int]] = {}
    for _ in range(12):
        deltas = dict(_deltas(random, keys, expected))
        await tables.flush(sums=deltas)
        for key, amounts in deltas.items():
            standing = expected.setdefault(key, [0, 0])
            expected[key] = [a + b for a, b in zip(standing, amounts, strict=True)]
        expected = {key: sums for key, sums in expected.items() if any(sums)}
        found = {(name, hour): [events, micros] for name, hour, events, micros in await tables.stored("sums")}
        assert found == expected, f"seed {seed}"


def _deltas(
    random: Random, keys: list[tuple[str, int]], standing: Mapping[Key, list[int]]
) -> Iterator[tuple[Key, list[int]]]:
    """For some of the keys: more, less, all of it taken back, or nothing in the end."""
    for key in random.sample(keys, random.randint(1, len(keys))):
        events, micros = standing.get(key, (0, 0))
        choices = [[1, 10**24], [2, 0], [0, 5], [0, 0]]
        if events or micros:
            choices += [[-events, -micros], [-events, 0], [-(events // 2), 7]]
        yield key, random.choice(choices)


async def test_what_is_counted_and_taken_back_within_a_flush_leaves_no_row(tables: Tables) -> None:
    await tables.flush(sums={("a", 1): [0, 0], ("b", 1): [1, 0]}, kept={("a",): [0]})
    assert await tables.stored("sums") == [("b", 1, 1, Decimal(0))]
    assert await tables.stored("kept", "1") == [("a", 0)], "this table keeps rows of zeros"
    await tables.flush(sums={("b", 1): [-1, 0]}, kept={("a",): [-0]})
    assert await tables.stored("sums") == []


async def test_a_row_falls_to_nothing_only_with_all_its_sums(tables: Tables) -> None:
    await tables.flush(sums={("a", 1): [1, 5], ("b", 1): [1, 5]})
    await tables.flush(sums={("a", 1): [-1, 0], ("b", 1): [-1, -5]})
    assert await tables.stored("sums") == [("a", 1, 0, Decimal(5))]


async def test_a_sum_that_postgres_cannot_hold_is_told_as_an_error_of_the_data(tables: Tables) -> None:
    await tables.flush(sums={("a", 1): [2**63 - 1, 0]})
    with pytest.raises(psycopg.errors.NumericValueOutOfRange) as caught:
        await tables.flush(sums={("a", 1): [1, 0], ("b", 1): [1, 1]})
    assert is_data_error(caught.value)
    assert await tables.stored("sums") == [("a", 1, 2**63 - 1, Decimal(0))]


async def test_rows_are_written_in_the_order_of_their_keys(tables: Tables) -> None:
    """Whoever shares rows locks them in one order: that of the bytes, as Postgres has it too."""
    random = Random(5)
    names = [*{tricky(random) for _ in range(60)}, "Z", "a", "é", "ﬀ", "🌊", "10", "9"]
    random.shuffle(names)
    keys = [(name, hour) for name in names for hour in (10, 9, -1)]
    random.shuffle(keys)
    await tables.flush(
        sums={key: [1, 1] for key in keys},
        kinds={key: row_at(*key) for key in keys},
        known={(name, 1): Known(name, 1) for name in names},
    )
    for name in ("sums", "kinds", "known"):
        physical = [row[:2] for row in await tables.stored(name, "ctid")]
        assert physical == sorted(physical) == [row[:2] for row in await tables.stored(name)], name


@pytest.mark.parametrize("beyond", [0, 1], ids=["by one statement", "table by table"])
async def test_a_flush_of_any_size_puts_adds_and_removes(tables: Tables, beyond: int) -> None:
    """Up to a size all tables are merged by one statement, beyond it each by its own."""
    await tables.flush(
        sums={("falls", 1): [3, 3], ("stays", 1): [3, 3]},
        kinds={("gone", 1): row_at("gone", 1), ("put", 1): row_at("put", 1)},
    )
    many = MERGED_TOGETHER_ROWS_MAX - 5 + beyond
    await tables.flush(
        sums={("falls", 1): [-3, -3], ("stays", 1): [-3, 1], **{("new", n): [1, n] for n in range(many)}},
        kinds={("gone", 1): None, ("put", 1): row_at("put", 1, text="again")},
        known={("k", 1): Known("k", 1)},
    )
    assert [(name, number, text) for name, number, text, *_ in await tables.stored("kinds")] == [
        ("put", 1, "again")
    ]
    assert await tables.stored("known") == [("k", 1)]
    sums = await tables.stored("sums")
    assert sums[-1] == ("stays", 1, 0, Decimal(4))
    assert sums[:-1] == [("new", n, 1, Decimal(n)) for n in range(many)]


async def test_no_line_is_left_for_the_next_flush(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are deleted, and now and then the staging table is emptied."""
    monkeypatch.setattr(flush, "PILED_LINES_MAX", 5)
    for number in range(10):
        await tables.flush(sums={("again", 1): [1, 2]}, kinds={("k", number): row_at("k", number)})
        cursor = await tables.connection.execute("SELECT count(*) FROM flush_rows")
        assert await cursor.fetchone() == (0,), number
    assert await tables.stored("sums") == [("again", 1, 10, Decimal(20))]
    assert len(await tables.stored("kinds")) == 10


def test_a_table_wider_than_the_staging_table_is_refused_at_once() -> None:
    wide = CounterTable("wide", {"name": str}, {f"sum_{n}": int for n in range(WIDTH_MAX)})
    fits = CounterTable("fits", {"name": str}, {f"sum_{n}": int for n in range(WIDTH_MAX - 1)})
    row = msgspec.defstruct("Wide", [(f"field_{n}", str) for n in range(WIDTH_MAX + 1)], frozen=True)
    generation = Generation("kinds", 1, "kinds_g1")
    FlushWriter(generation, ReadModel("kinds", (fits,), Path("no views")), ())
    for table in (wide, StateTable("wide", row, key_width=1)):
        with pytest.raises(AssertionError, match=rf"{WIDTH_MAX + 1} columns.*raise WIDTH_MAX"):
            FlushWriter(generation, ReadModel("kinds", (table,), Path("no views")), ())


async def owned(tables: Tables) -> dict[int, Position]:
    return await take_over(tables.connection, tables.generation, TOPIC, [0, 1])


async def test_positions_move_with_the_rows(tables: Tables) -> None:
    epochs = {partition: row.epoch for partition, row in (await owned(tables)).items()}
    first = PositionMove(
        TOPIC, 0, epochs[0], 0, 10, 0, applied=5, duplicates=3, dead=2,
        last_offset=9, last_checksum=2**32 - 1, last_appended_ms=1_763_726_400_123,
    )  # fmt: skip
    await tables.flush(first, PositionMove(TOPIC, 1, epochs[1], 0, 4, 0, dead=4))
    # Only control records: what is known of the last record stays.
    await tables.flush(PositionMove(TOPIC, 0, epochs[0], 10, 12, 1))
    now = await positions(tables.connection, tables.generation, TOPIC, [0, 1])
    assert (now[0].next_offset, now[0].flushes, now[0].epoch) == (12, 2, epochs[0])
    assert (now[0].applied, now[0].duplicates, now[0].dead) == (5, 3, 2)
    assert (now[0].last_offset, now[0].last_checksum) == (9, 2**32 - 1)
    assert now[0].last_appended_at == datetime(2025, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
    assert (now[1].next_offset, now[1].flushes, now[1].dead, now[1].last_offset) == (4, 1, 4, None)


@pytest.mark.parametrize("lost", ["epoch", "expected", "flushes", "partition"])
async def test_a_lost_compare_and_set_raises_and_writes_nothing(tables: Tables, lost: str) -> None:
    epochs = {partition: row.epoch for partition, row in (await owned(tables)).items()}
    await tables.flush(PositionMove(TOPIC, 1, epochs[1], 0, 3, 0, applied=3), sums={("a", 1): [3, 3]})
    before = [await tables.stored(name) for name in ("sums", "kinds", "known")]
    standing = await positions(tables.connection, tables.generation, TOPIC, [0, 1])
    move = PositionMove(TOPIC, 1, epochs[1], 3, 4, 1, applied=1)
    setattr(move, lost, getattr(move, lost) + 1)
    with pytest.raises(psycopg.Error) as caught:
        await tables.flush(
            PositionMove(TOPIC, 0, epochs[0], 0, 1, 0, applied=1),
            move,
            sums={("a", 1): [1, 1], ("b", 1): [1, 1]},
            kinds={("k", 1): PLAIN},
            known={("n", 1): Known("n", 1)},
        )
    assert caught.value.sqlstate == "GS001"
    assert is_fenced(caught.value)
    assert [await tables.stored(name) for name in ("sums", "kinds", "known")] == before
    async with await connect(tables.url) as connection:
        assert await positions(connection, tables.generation, TOPIC, [0, 1]) == standing


async def test_a_value_that_postgres_refuses_leaves_everything_as_it_was(tables: Tables) -> None:
    epochs = {partition: row.epoch for partition, row in (await owned(tables)).items()}
    never = row_at("k", 1, text="never")
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        await tables.flush(
            PositionMove(TOPIC, 0, epochs[0], 0, 1, 0, applied=1),
            sums={("a", 1): [1, 1]}, kinds={("j", 1): row_at("j", 1), ("k", 1): never},
        )  # fmt: skip
    assert is_data_error(caught.value)
    for name in ("sums", "kinds"):
        assert await tables.stored(name) == []
    async with await connect(tables.url) as connection:
        assert (await positions(connection, tables.generation, TOPIC, [0]))[0].next_offset == 0
