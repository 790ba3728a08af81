"""A log written by hand, event by event, for tests whose numbers are worked out on paper."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, Self, TypeVar
from uuid import UUID

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_event import ToldEvent
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS, Rules
from tests.simulation.random_json import Fields

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOON_MS = int(NOON.timestamp() * 1000)

F = TypeVar("F", bound=Rules[ToldEvent])


class HandwrittenLog(Generic[F]):
    """Each method that adds a record, appended at NOON, answers the log; a subclass is that of a system."""

    def __init__(
        self, system: str, key_of: Callable[[Fields], str], oracle: Oracle[F], partitions: int
    ) -> None:
        self._system = system
        self._key_of = key_of
        self._oracle = oracle
        self.partitions = partitions
        self.records: list[LogRecord] = []

    def add(self, name: str, at: datetime = NOON, /, **own: object) -> Self:
        """A record of this type, named without its system, in the partition where it belongs."""
        event: Fields = {"id": str(UUID(int=len(self.records) + 1)), "type": f"{self._system}.{name}", "v": 1}
        event |= {"at": at.isoformat()} | own
        partition = partition_of_key(self._key_of(event), self.partitions)
        offset = len(self.records)
        value = json.dumps(event).encode()
        self.records.append(LogRecord(partition, offset, NOON_MS, b"", value))
        return self

    def expected(self, window: int = DUPLICATE_WINDOW_RECORDS) -> Expected[F]:
        """What the oracle says about it, with this duplicate window in records."""
        return self._oracle(self.records, self.partitions, duplicate_window=window)

    def rows(self, view: str) -> list[Row]:
        """All rows of a view."""
        return self.expected().views[view]

    def row(self, view: str, **key: object) -> Row:
        """The row of a view with these values; it must be there."""
        row = self.expected().row(view, **key)
        assert row is not None, f"no row of {view} with {key}"
        return row

    def codes(self) -> list[str]:
        """Why records are dead, in the order of the log."""
        return [dead.code for dead in self.expected().dead]
