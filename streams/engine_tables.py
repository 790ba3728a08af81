"""The engine's shared tables that a flush writes beside a system's own; made by ``schemas/migrations``."""

from datetime import datetime
from typing import Any, Final

import msgspec

from projections.tables import StateTable, Table


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that was read and not applied. ``kind``: broken, refused or failed."""

    system: str
    generation: int
    topic: str
    partition: int
    record_offset: int
    appended_at: datetime
    kind: str
    code: str
    reason: str
    fingerprint: str
    record_key: bytes | None
    record_value: bytes | None
    traceback: str | None


class AppliedIds(msgspec.Struct, frozen=True):
    """The ids that one flush applied in one partition, packed (16 bytes each), with their offsets (8 bytes
    each)."""

    system: str
    generation: int
    topic: str
    partition: int
    last_offset: int
    ids: bytes
    offsets: bytes


class OutboxRow(msgspec.Struct, frozen=True):
    """A record to publish. (system, decision, nominal_time, part) says what was decided, once."""

    system: str
    decision: str
    nominal_time: datetime
    part: int
    topic: str
    partition: int
    record_key: bytes
    record_value: bytes
    header: str


class ChoreRow(msgspec.Struct, frozen=True):
    """Large work that a record caused, and how far it has come. ``caused_ms``: when that record was
    appended."""

    system: str
    generation: int
    topic: str
    partition: int
    cause_offset: int
    ordinal: int
    caused_ms: int
    kind: str
    arguments: dict[str, Any]
    cursor: list[Any] | None


DEAD_LETTERS: Final = StateTable("dead_letters", DeadLetter, key_width=5)
APPLIED_IDS: Final = StateTable("applied_ids", AppliedIds, key_width=5)
OUTBOX: Final = StateTable("outbox", OutboxRow, key_width=4)
CHORE_ROWS: Final = StateTable("chores", ChoreRow, key_width=6)

ENGINE_TABLES: Final[tuple[Table, ...]] = (DEAD_LETTERS, APPLIED_IDS, OUTBOX, CHORE_ROWS)
