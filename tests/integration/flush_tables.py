"""Tables with a column of each kind in a real generation, written by flushes as the engine makes them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from psycopg import AsyncConnection, sql

from projections.postgres.connection import BY_INDEX, connect
from projections.postgres.flush import Flush, FlushWriter, PositionMove
from projections.postgres.generations import Generation, create_generation
from projections.postgres.migrations import migrate
from projections.read_model import ReadModel
from projections.tables import CounterTable, Key, StateTable

TRICKY: Final = (
    "", "\t", "\n", "\r", "\r\n", "\\", "\\N", "\\.", "\\t", "'", '"', ",", "{", "}", "{}", "NULL", " ", "  ",
    "null", "\x0b", "\x7f", "\x85", "\u2028", "é", "ﬀ", "🌊", "中", "$1", "%s", "--", ";",
)  # fmt: skip
AT: Final = datetime(2026, 11, 21, 12, 30, 59, 123_456, tzinfo=UTC)


class Step(msgspec.Struct, frozen=True):
    name: str
    micros: int
    at: datetime | None = None


class Kinds(msgspec.Struct, frozen=True):
    """A column of each kind, and each but the key once more as one that may be null."""

    name: str
    number: int
    text: str
    flag: bool
    data: bytes
    at: datetime
    amount: Decimal
    items: tuple[str, ...]
    steps: tuple[Step, ...]
    text_or_null: str | None = None
    flag_or_null: bool | None = None
    data_or_null: bytes | None = None
    at_or_null: datetime | None = None
    amount_or_null: Decimal | None = None
    items_or_null: tuple[str, ...] | None = None
    json_or_null: dict[str, Any] | None = None


class Texts(msgspec.Struct, frozen=True):
    """Only kinds whose text is what Postgres reads, unless a value has to be escaped."""

    name: str
    number: int
    text_or_null: str | None
    flag_or_null: bool | None
    at_or_null: datetime | None


class Known(msgspec.Struct, frozen=True):
    """Nothing but a key."""

    name: str
    place: int


KINDS: Final = StateTable("kinds", Kinds, key_width=2, checks=("text <> 'never'",))
TEXTS: Final = StateTable("texts", Texts, key_width=2)
KNOWN: Final = StateTable("known", Known, key_width=2)
SUMS: Final = CounterTable("sums", {"name": str, "hour": int}, {"events": int, "micros": Decimal})
KEPT: Final = CounterTable("kept", {"name": str}, {"events": int}, vanishes=False)
MODEL: Final = ReadModel("kinds", (KINDS, TEXTS, KNOWN, SUMS, KEPT), Path("no views"))
PLAIN: Final = Kinds("k", 1, "text", True, b"data", AT, Decimal(1), ("a",), (Step("s", 1),))


class Tables:
    """A generation on a real Postgres, written by flushes as the engine makes them."""

    def __init__(self, url: str, connection: AsyncConnection[Any], generation: Generation) -> None:
        self.url = url
        self.connection = connection
        self.generation = generation
        self.writer = FlushWriter(generation, MODEL, ())

    async def flush(self, *moves: PositionMove, **rows: Mapping[Key, Any]) -> None:
        """Rows by the name of their table: sums of a counter, or states with None for what is removed."""
        counters = {table: dict(rows[table.name]) for table in self.writer.counters if table.name in rows}
        states = {table: dict(rows[table.name]) for table in self.writer.states if table.name in rows}
        await self.writer.write(self.connection, Flush(counters, states, moves, len(moves)))

    async def stored(self, name: str, order: str = "1, 2") -> list[tuple[Any, ...]]:
        """All rows of a table."""
        query = sql.SQL("SELECT * FROM {} ORDER BY " + order).format(
            sql.Identifier(self.generation.schema, name)
        )
        async with await connect(self.url) as connection:
            return await (await connection.execute(query)).fetchall()

    async def loaded(self, keys: list[Key]) -> dict[Key, Kinds]:
        """Rows of the table of all kinds, loaded as the engine loads states, arrays as tuples."""
        merge = self.writer.states[KINDS]
        cursor = await self.connection.execute(merge.select.encode(), merge.key_arrays(keys))
        rows = [_with_tuples(merge.row_of(values)) for values in await cursor.fetchall()]
        return {KINDS.key_of(row): row for row in rows}


def _with_tuples(row: Kinds) -> Kinds:
    nullable = row.items_or_null
    return msgspec.structs.replace(
        row, items=tuple(row.items), items_or_null=None if nullable is None else tuple(nullable)
    )


@asynccontextmanager
async def made(url: str) -> AsyncIterator[Tables]:
    async with await connect(url, synchronous_commit="off", **BY_INDEX) as connection:
        await migrate(connection)
        async with connection.transaction():
            generation = await create_generation(connection, MODEL, 1, 1, active=True)
        tables = Tables(url, connection, generation)
        await tables.writer.prepare(connection)
        yield tables


def tricky(random: Random) -> str:
    return "".join(random.choices(TRICKY, k=random.randint(0, 5)))


def random_row(random: Random, number: int) -> Kinds:
    def maybe(value: Any) -> Any:
        return random.choice((None, value))

    def amount() -> Decimal:
        return Decimal(random.randint(-(10**18), 10**18)).scaleb(-random.randint(0, 6))

    def items() -> tuple[str, ...]:
        return tuple(tricky(random) for _ in range(random.randint(0, 3)))

    def at() -> datetime:
        zone = timezone(timedelta(minutes=random.choice((0, 0, 330, -210))))
        return (AT + timedelta(microseconds=random.randint(-(10**15), 10**15))).astimezone(zone)

    def steps() -> tuple[Step, ...]:
        return tuple(Step(tricky(random), number, maybe(at())) for _ in range(random.randint(0, 2)))

    return Kinds(
        name=tricky(random),
        number=number,
        text=tricky(random),
        flag=random.random() < 0.5,
        data=random.randbytes(random.randint(0, 9)),
        at=at(),
        amount=amount(),
        items=items(),
        steps=steps(),
        text_or_null=maybe(tricky(random)),
        flag_or_null=maybe(True),
        data_or_null=maybe(b"\\x00\t\n"),
        at_or_null=maybe(at()),
        amount_or_null=maybe(amount()),
        items_or_null=maybe(items()),
        json_or_null=maybe({tricky(random): [tricky(random), number, None, {"nested": tricky(random)}]}),
    )


def random_texts(random: Random, number: int, text: str) -> Texts:
    """A row of the table of plain kinds."""
    at = AT + timedelta(microseconds=random.randint(-(10**15), 10**15))
    return Texts(
        text,
        number,
        random.choice((None, text, "plain")),
        random.choice((None, True, False)),
        random.choice((None, at)),
    )
