"""Second pass of the oracle: what becomes of each record.

Only what depends on the order of the log is decided here: duplicates and refusals.
"""

from collections.abc import Iterable
from datetime import datetime

from tests.simulation import oracle_judging
from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_judging import judged
from tests.simulation.oracle_reading import Event, read

Applied = oracle_judging.Applied[Event]
Verdicts = oracle_judging.Verdicts[Event]


class _Rules:
    """What the records so far established and a later one can break."""

    def __init__(self) -> None:
        self.removed_waves: set[str] = set()
        self.removed_ripples: set[tuple[str, str]] = set()
        self.allowed_buckets: dict[str, tuple[str, ...] | None] = {}
        self.ripple_of_action: dict[tuple[str, str], str] = {}
        self.closed_parts: set[tuple[datetime, int]] = set()

    def read(self, record: LogRecord, partitions: int) -> tuple[Event, bool]:
        """The record by itself."""
        return read(record, partitions)

    def is_duplicate(self, event: Event) -> bool:
        """Raises `Dead` when the event is refused; a known action or closed part counts once for ever."""
        if event.is_reference:
            return False
        if event.is_decision:
            return (event.hour, event.part) in self.closed_parts
        if event.wave_id in self.removed_waves or event.ripple in self.removed_ripples:
            raise Dead("refused", "removed", f"{event.ripple} was deleted before")
        known_ripple = self.ripple_of_action.get((event.wave_id, event.action_id))
        if event.type == "actions.action_logged":
            if known_ripple is not None:
                return True
            allowed = self.allowed_buckets.get(event.wave_id)
            if allowed is not None and event.bucket not in allowed:
                raise Dead("refused", "bucket_not_allowed", f"{event.bucket!r} is not in {allowed}")
        elif event.type == "actions.action_retracted" and known_ripple not in (None, event.ripple_id):
            raise Dead("refused", "ripple_mismatch", f"{event.action_id!r} belongs to {known_ripple!r}")
        return False

    def learn(self, event: Event) -> None:
        """Takes in an event that is applied."""
        match event.type:
            case "actions.wave_created":
                self.allowed_buckets[event.wave_id] = event.allowed_buckets
            case "actions.wave_changed" if "allowed_buckets" in event.given:
                self.allowed_buckets[event.wave_id] = event.allowed_buckets
            case "actions.wave_deleted":
                self.removed_waves.add(event.wave_id)
            case "actions.ripple_deleted":
                self.removed_ripples.add(event.ripple)
            case "actions.action_logged":
                self.ripple_of_action[event.wave_id, event.action_id] = event.ripple_id
            case "actions.hour_closed":
                self.closed_parts.add((event.hour, event.part))
            case _:
                pass


def judge(records: Iterable[LogRecord], partitions: int, duplicate_window: int) -> Verdicts:
    """Decides each record of system 1."""
    return judged(records, partitions, duplicate_window, _Rules())
