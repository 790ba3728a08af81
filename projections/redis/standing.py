"""Where Postgres and Redis stand, and whether the one holds what the other does."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.read_model import ReadModel
from projections.redis.client import run_id
from projections.redis.names import Names

STANDING: Final = (Path(__file__).parent / "standing.sql").read_bytes()
MINUTE: Final = "minute"
"""Among the flushes in Redis: the minute of which rows that follow it are."""
NEVER: Final = -1


@dataclass(frozen=True)
class Standing:
    """Postgres at one moment. ``generation`` is the active one, ``flushes`` by partition the number of the
    last flush, ``minute`` as of which its windows are (None: never gone through), ``seconds`` its clock,
    ``parameters`` what the generation goes by.

    ``incarnation`` changes when commits may have been lost.
    """

    generation: int
    incarnation: int
    promoted: int
    flushes: dict[int, int]
    minute: int | None
    seconds: float
    parameters: dict[str, float]

    @property
    def era(self) -> str:
        """Rows of another era are no good."""
        return f"{self.incarnation}-{self.promoted}"

    def numbers(self) -> dict[str, int]:
        """As they stand in Redis when everything up to now is there."""
        numbers = {str(partition): number for partition, number in self.flushes.items()}
        return {**numbers, MINUTE: NEVER if self.minute is None else self.minute}

    def new_fill(self, server: str, layout: str) -> str:
        """A token for rows of this era, from now on, in the Redis with that id, that look like that."""
        return f"{self.era}-{server}-{layout}-{secrets.token_hex(8)}"


@dataclass(frozen=True)
class _Row:
    generation: int
    incarnation: int
    promoted: int
    flushes: str
    minute: int | None
    seconds: float
    parameters: str


async def standing(connection: AsyncConnection[Any], model: ReadModel) -> Standing | None:
    """Where Postgres stands; None while the system has no active generation."""
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(
            STANDING, {"system": model.system, "windows": [table.name for table in model.windows]}
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return Standing(
        row.generation,
        row.incarnation,
        row.promoted,
        msgspec.json.decode(row.flushes, type=dict[int, int]),
        row.minute,
        row.seconds,
        msgspec.json.decode(row.parameters, type=dict[str, float]),
    )


@dataclass(frozen=True)
class CacheStanding:
    """Redis at one moment: the generation that is there as a whole, the token of its fill, how far it is."""

    generation: str | None
    fill: str | None
    numbers: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, generation: str | None, fill: str | None, numbers: Mapping[str, str]) -> "CacheStanding":
        """From what Redis answers."""
        return cls(generation, fill, {name: int(number) for name, number in numbers.items()})

    def is_of(self, era: str, server: str) -> bool:
        """Whether its rows come from that era, and it is still the server that was filled."""
        return self.fill is not None and self.fill.startswith(f"{era}-{server}-")

    def looks_like(self, layout: str) -> bool:
        """Whether its rows look as this release makes them."""
        return self.fill is not None and layout_of(self.fill) == layout

    def has(self, partition: int) -> int:
        """The last flush of the partition that is there."""
        return self.numbers.get(str(partition), NEVER)


def layout_of(fill: str) -> str:
    """What the rows of a fill look like, by its token."""
    return fill.split("-")[3]


async def cache_standing(client: Any, names: Names) -> tuple[CacheStanding, str]:
    """Where Redis stands, and the id that it has since its start."""
    pipeline = client.pipeline(transaction=False)
    pipeline.mget(names.active, names.fill)
    pipeline.hgetall(names.flushes)
    pipeline.info("server")
    (generation, fill), numbers, server = await pipeline.execute()
    return CacheStanding.of(generation, fill, numbers), run_id(server)
