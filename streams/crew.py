"""A crew of replays: processes that together fold one generation, kept running until they are done."""

import asyncio
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from events.errors import GroundswellError
from streams.errors import EXIT_STOP
from streams.kept_process import KeptProcess
from streams.system import StreamSystem

REPLAY: Final = (sys.executable, "-m", "streams.replay")
WORKERS_DEFAULT: Final = 2
"""Processes that replay: more help while cores and Postgres keep up."""


class ReplayStopped(GroundswellError):
    """A replay ended with an error that a fresh process cannot mend: it is the last one in the log above."""

    code = "replay_stopped"


class Crew:
    """``size`` replays of a generation, each with its share of the partitions. With ``follows`` their flushes
    keep the windows up to date, as those of live workers do."""

    def __init__(
        self,
        system: StreamSystem,
        generation: int,
        size: int,
        *,
        follows: bool = False,
        command: Sequence[str] | None = None,
    ) -> None:
        begin = [*(command or (*REPLAY, system.name)), str(generation)]
        end = ["--follow"] if follows else []
        self._name = f"{system.name} generation {generation}"
        self._members = [
            KeptProcess([*begin, f"{share}/{size}", *end], self._name, ends=True) for share in range(size)
        ]
        self._tasks: list[asyncio.Task[int]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.ensure_future(member.run()) for member in self._members]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is folded is committed when this returns."""
        for member in self._members:
            member.stop()
        await asyncio.wait(self._tasks)

    def has_ended(self) -> bool:
        """Whether every replay has folded up to the generation's end. Raises ReplayStopped when one cannot go
        on."""
        ended = [task.result() for task in self._tasks if task.done()]
        if EXIT_STOP in ended:
            raise ReplayStopped(
                f"a replay of {self._name} cannot go on: look at its error above, mend that, and run the"
                " command again; it goes on where it stands"
            )
        return len(ended) == len(self._tasks)

    def retire(self) -> None:
        """Whoever is fenced from now on is not started again: others have taken over."""
        for member in self._members:
            member.retire()
