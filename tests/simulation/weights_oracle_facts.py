"""What each user of system 3 set, by the events of its own key, and the rules that these obey."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_event import ToldEvent
from tests.simulation.weights_oracle_reading import READING

DEFAULTS: Final = {"community": 45, "environment": 30, "workers": 25}


@dataclass(frozen=True, slots=True)
class Version:
    """Weights in hundredths, as they stood from `at` on; the first has number 1."""

    number: int
    hundredths: Mapping[str, int]
    at: datetime
    event_id: UUID


@dataclass(slots=True)
class User:
    """A user: all versions, until it is removed."""

    id: str
    versions: list[Version] = field(default_factory=list)
    removed: bool = False


class Facts:
    """Everything that was told, user by user. Obeys `oracle_judging.Rules`."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}

    def read(self, record: LogRecord, partitions: int) -> tuple[ToldEvent, bool]:
        """The record by itself."""
        return READING.read(record, partitions)

    def is_duplicate(self, event: ToldEvent) -> bool:
        """No event of this system counts once for ever. Raises `Dead` when the event is refused."""
        user = self.users.get(event.key, User(event.key))
        if user.removed:
            raise Dead("refused", "removed", f"{user.id!r} was deleted before")
        wanted = event.given.get("expected_version")
        if wanted is not None and wanted != len(user.versions):
            raise Dead("refused", "version_conflict", f"{user.id!r} is at {len(user.versions)}, not {wanted}")
        return False

    def learn(self, event: ToldEvent) -> None:
        """Takes in an event that is applied."""
        user = self.users.setdefault(event.key, User(event.key))
        match event.name:
            case "user_deleted":
                user.removed = True
            case "weights_set":
                self._add(user, event, event.given["weights"])
            case "user_registered" if not user.versions:
                self._add(user, event, DEFAULTS)
            case _:
                pass

    def standing(self) -> list[User]:
        """Those that were not removed, by id."""
        return [user for _, user in sorted(self.users.items()) if not user.removed]

    @staticmethod
    def _add(user: User, event: ToldEvent, hundredths: Mapping[str, int]) -> None:
        user.versions.append(Version(len(user.versions) + 1, hundredths, event.at, event.id))
