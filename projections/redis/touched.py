"""The keys that a transaction touched: what goes into the cache's outbox with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import msgspec

from projections.redis.cached import Cached, Touch
from projections.tables import CounterTable, Key, StateTable

KEYS_MAX: Final = 10_000
"""A transaction that touched more keys than this names none of them: the cache is filled anew instead."""


class Minutes(msgspec.Struct, frozen=True):
    """A job went through everything that differs between two minutes (whole ones since 1970)."""

    since: int
    until: int


class Touched(msgspec.Struct, omit_defaults=True):
    """Keys by entity, and groups by name. ``everything``: too much to be named."""

    keys: dict[str, list[Key]] = msgspec.field(default_factory=dict)
    groups: dict[str, list[Key]] = msgspec.field(default_factory=dict)
    minutes: Minutes | None = None
    everything: bool = False

    @property
    def count(self) -> int:
        """How many keys are named."""
        return sum(map(len, self.keys.values())) + sum(map(len, self.groups.values()))

    def encoded(self) -> str:
        """As the outbox keeps it."""
        return msgspec.json.encode(self).decode()


_DECODER: Final = msgspec.json.Decoder(Touched)


def decoded(text: str) -> Touched:
    """What :meth:`Touched.encoded` made."""
    return _DECODER.decode(text)


def merged(several: Sequence[Touched]) -> Touched:
    """All of them as one, each key once."""
    if len(several) == 1:
        return several[0]
    keys: dict[str, dict[Key, None]] = {}
    groups: dict[str, dict[Key, None]] = {}
    for one in several:
        for name, found in one.keys.items():
            keys.setdefault(name, {}).update(dict.fromkeys(found))
        for name, found in one.groups.items():
            groups.setdefault(name, {}).update(dict.fromkeys(found))
    minutes = [one.minutes for one in several if one.minutes is not None]
    # A minute between them that somebody else went through: its rows are not among these.
    has_hole = any(earlier.until < later.since for earlier, later in pairwise(minutes))
    return Touched(
        {name: list(found) for name, found in keys.items()},
        {name: list(found) for name, found in groups.items()},
        Minutes(minutes[0].since, minutes[-1].until) if minutes else None,
        has_hole or any(one.everything for one in several),
    )


@dataclass
class TouchFinder:
    """Finds what the rows of a flush touch, by a system's declaration."""

    cached: Cached
    _touches: list[tuple[str, Touch, tuple[int, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        self._touches = [
            (entity.name, touch, tuple(_index(touch, column) for column in touch.columns))
            for entity in self.cached.entities
            for touch in entity.touched_by
        ]

    def find(
        self,
        counters: Mapping[CounterTable, Mapping[Key, Any]],
        states: Mapping[StateTable[Any], Mapping[Key, Any]],
        groups: Iterable[tuple[str, Key]] = (),
    ) -> Touched:
        """The keys of the staged rows, each once."""
        found: dict[str, set[Key]] = {}
        for name, touch, indexes in self._touches:
            table = touch.table
            rows = counters.get(table) if isinstance(table, CounterTable) else states.get(table)
            if rows:
                keys = found.setdefault(name, set())
                keys.update(_keys(rows, indexes, table.key_width))
                if len(keys) > KEYS_MAX:
                    return Touched(everything=True)
        touched = Touched({name: list(keys) for name, keys in found.items()})
        for name, key in groups:
            touched.groups.setdefault(name, []).append(key)
        return Touched(everything=True) if touched.count > KEYS_MAX else touched


def _index(touch: Touch, column: str) -> int:
    return [one.name for one in touch.table.key_columns].index(column)


def _keys(rows: Mapping[Key, Any], indexes: tuple[int, ...], width: int) -> Iterable[Key]:
    if indexes == tuple(range(width)):
        return rows.keys()
    if len(indexes) == 1:
        (only,) = indexes
        return [(key[only],) for key in rows]
    return [tuple([key[index] for index in indexes]) for key in rows]
