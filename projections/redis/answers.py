"""Answers made of rows in Redis: texts by the names of their columns, without what is null."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar, get_type_hints

from projections.read_model import ReadModel
from projections.redis.reader import CacheReader, Row
from projections.tables import Column

Found = TypeVar("Found")

_READ: Final[dict[Any, Callable[[str], Any]]] = {
    str: str,
    int: int,
    # As Postgres writes a boolean, and as it casts one to text.
    bool: frozenset({"t", "true"}).__contains__,
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    list[str]: json.loads,
    list[int]: json.loads,
    dict[str, Decimal]: partial(json.loads, parse_float=Decimal, parse_int=Decimal),
}
"""How a text is read, by the type of the field that it is for."""
_READERS: Final[dict[type, dict[str, Callable[[str], Any]]]] = {}
"""By dataclass, once they were needed."""


class RedisAnswers:
    """Answers None for whatever Redis cannot be trusted with, or has not got: ask Postgres then.

    An async context manager. It never raises because of Redis.
    """

    model: ClassVar[ReadModel]

    def __init__(self, postgres: str, redis: str) -> None:
        self._reader = CacheReader(self.model, postgres, redis)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._reader.__aexit__(kind, error, trace)

    async def one(self, kind: type[Found], entity: str, ids: Mapping[str, str]) -> Found | None:
        """The row of an entity as a dataclass with fields of the row's and of its key's names; ``ids`` are
        the key's."""
        assert self.model.cached is not None, f"{self.model.system} has nothing in Redis"
        key = tuple(ids[name] for name in self.model.cached.entity(entity).key)
        row = await self._reader.row(entity, key)
        return None if row is None else kind(**(columns(kind, row) | dict(ids)))


def columns(kind: type[Any], row: Row) -> dict[str, Any]:
    """The columns that a dataclass has fields for, as these have them; None where the row has none."""
    if (readers := _READERS.get(kind)) is None:
        readers = _READERS[kind] = _readers(kind)
    return {name: None if (text := row.get(name)) is None else read(text) for name, read in readers.items()}


def _readers(kind: type[Any]) -> dict[str, Callable[[str], Any]]:
    hints = get_type_hints(kind)
    kinds = {field.name: Column.of(field.name, hints[field.name]).python_type for field in fields(kind)}
    # What is made of several columns is none.
    return {name: _READ[one] for name, one in kinds.items() if one in _READ}
