"""Where generations are made: which system, on which servers, with how many processes."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.connection import BY_INDEX, connect, reached
from projections.postgres.exclusive import Exclusive, exclusively
from projections.postgres.generations import Generation
from projections.postgres.migrations import migrate
from streams.crew import WORKERS_DEFAULT, Crew
from streams.system import StreamSystem

LONG_STATEMENT_MS: Final = 120_000
"""For statements over whole tables, which nobody waits for."""


@dataclass(frozen=True)
class Place:
    """``workers`` is how many processes replay. ``command`` starts one; the engine's own by default, which
    knows the systems of ``streams.folds``."""

    system: StreamSystem
    settings: Settings
    workers: int = WORKERS_DEFAULT
    command: Sequence[str] | None = None

    @property
    def topic(self) -> str:
        return self.system.events.topic(self.settings.topic_prefix)

    def changing_generations(self) -> AbstractAsyncContextManager[Exclusive]:
        """The lock under which generations of the system are made, promoted and dropped."""
        name = self.system.name
        return exclusively(
            self.settings.postgres,
            f"groundswell generations {name}",
            f"a rebuild, promote, rollback or drop of {name}",
        )

    def verifying(self) -> AbstractAsyncContextManager[Exclusive]:
        """The lock under which scratch generations are made and dropped."""
        name = self.system.name
        return exclusively(
            self.settings.postgres, f"groundswell verify {name}", f"a verify of {name}, or a drop after one,"
        )

    def crew(self, generation: Generation, partitions: int, *, follows: bool = False) -> Crew:
        """Replays of a generation: no more than there are partitions."""
        size = max(1, min(self.workers, partitions))
        return Crew(self.system, generation.number, size, follows=follows, command=self.command)

    async def connected(self) -> AsyncConnection[Any]:
        """A connection that looks rows up by key, for statements that may take long."""
        return await connect(self.settings.postgres, statement_timeout=str(LONG_STATEMENT_MS), **BY_INDEX)

    async def migrated(self) -> None:
        """Makes sure that the engine's tables exist. Raises ServerUnreachable."""
        async with reached(self.settings.postgres) as connection:
            await migrate(connection)
