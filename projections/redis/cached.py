"""What of a read model lies in Redis: a system declares it once, and the engine keeps it up to date."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from projections.tables import StateTable, Table


@dataclass(frozen=True)
class SortedSet:
    """A sorted set over an entity's rows.

    A row is a member when its column ``score`` is not null and, where ``least`` is given, not below it.
    Members are named as in the entity's keys.
    """

    name: str
    score: str
    least: float | None = None


@dataclass(frozen=True)
class Touch:
    """A row of ``table`` that a flush changes touches the entity whose key stands in these key columns."""

    table: Table
    columns: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CachedEntity:
    """One kind of row in Redis: a hash ``<system>:<generation>:<name>:<key>`` each.

    ``key`` names its key columns, all of them text of at least one byte. ``rows`` is a SQL file that answers
    the rows of the keys given by parallel arrays, one parameter for each key column under its name; first the
    key columns, then the fields of the hash, all as they are to be shown (null: no such field). A key without
    a row is gone. In it ``{generation}`` and the generation's parameters stand as in the views.

    ``all_of``: eager, each key of these tables has its row in Redis. Without it: lazy, a row is there from
    its first read on, and until it was not read for an hour.
    """

    name: str
    key: tuple[str, ...]
    rows: Path
    touched_by: tuple[Touch, ...]
    all_of: tuple[StateTable[Any], ...] = ()
    sets: tuple[SortedSet, ...] = ()

    def __post_init__(self) -> None:
        for table in (*(touch.table for touch in self.touched_by), *self.all_of):
            names = {column.name for column in table.key_columns if column.python_type is str}
            wanted = set(self.key) if table in self.all_of else set()
            assert wanted <= names, f"{self.name}: {table.name} has no text key columns {self.key}"
        for touch in self.touched_by:
            assert len(touch.columns) == len(self.key), (
                f"{self.name}: its key is {self.key}, not {touch.columns}"
            )
        assert not self.sets or self.all_of, f"{self.name}: a sorted set needs all rows, so an eager entity"

    @property
    def is_eager(self) -> bool:
        """Whether all rows are in Redis."""
        return bool(self.all_of)


@dataclass(frozen=True, eq=False)
class RefreshGroup:
    """Rows that change together by one event which touches none of them: those of a deleted wave.

    A fold stages the group by its name and key. ``members`` gives, for each entity that hangs on it, a SQL
    file that answers a page of keys: in their order, behind ``%(after_<key column>)s`` (empty at first), at
    most ``%(limit)s``; the group's own key columns are parameters under their names.
    """

    name: str
    key: tuple[str, ...]
    members: dict[str, Path]


@dataclass(frozen=True, eq=False)
class Cached:
    """A system's rows in Redis. ``follows_minutes``: some columns depend on the minute, and a job that goes
    through them every minute says so when it has."""

    entities: tuple[CachedEntity, ...]
    groups: tuple[RefreshGroup, ...] = ()
    follows_minutes: bool = False

    def __post_init__(self) -> None:
        for group in self.groups:
            unknown = group.members.keys() - {entity.name for entity in self.entities}
            assert not unknown, f"group {group.name}: there are no entities {sorted(unknown)}"

    @cached_property
    def layout(self) -> str:
        """Tells what rows look like: another release may write others."""
        parts = [
            (entity.name, entity.key, entity.rows.read_text("utf-8"), entity.sets, entity.is_eager)
            for entity in self.entities
        ]
        return sha256(repr(parts).encode()).hexdigest()[:16]

    def entity(self, name: str) -> CachedEntity:
        """The entity with that name."""
        return next(entity for entity in self.entities if entity.name == name)

    def group(self, name: str) -> RefreshGroup:
        """The group with that name."""
        return next(group for group in self.groups if group.name == name)

    def set_owner(self, name: str) -> tuple[CachedEntity, SortedSet]:
        """The sorted set with that name, and the entity whose rows are its members."""
        return next((entity, one) for entity in self.entities for one in entity.sets if one.name == name)
