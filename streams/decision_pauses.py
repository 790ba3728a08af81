"""Decisions that failed: each is tried again after a pause, and keeps none of the others waiting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from psycopg import AsyncConnection

from streams.decisions import ScheduledDecision

log = structlog.get_logger(__name__)

PAUSE_SECONDS_MIN: Final = 5.0
PAUSE_SECONDS_MAX: Final = 300.0
"""It doubles up to this while a decision goes on failing."""


class DecisionPauses:
    """``clock`` tells seconds that never go back."""

    def __init__(self, system: str, clock: Callable[[], float]) -> None:
        self._system = system
        self._clock = clock
        self._again_at: dict[str, float] = {}
        self._pause_seconds: dict[str, float] = {}
        self.failed: dict[str, str] = {}
        """By the name of each decision that failed the last time: why."""

    def ready(self, decisions: tuple[ScheduledDecision, ...]) -> tuple[ScheduledDecision, ...]:
        """Those that are not paused."""
        return tuple(each for each in decisions if self.is_ready(each))

    def is_ready(self, decision: ScheduledDecision) -> bool:
        """Whether it may be tried."""
        return self._clock() >= self._again_at.get(decision.name, float("-inf"))

    def succeeded(self, decision: ScheduledDecision) -> None:
        """It was decided, or nothing of it was due."""
        for kept in (self._again_at, self._pause_seconds, self.failed):
            kept.pop(decision.name, None)

    @contextmanager
    def apart(self, decision: ScheduledDecision, connection: AsyncConnection[Any]) -> Iterator[None]:
        """What fails inside is told, and pauses this decision alone; a lost connection is everybody's."""
        try:
            yield
        except Exception as error:
            # Whatever it is, the others are decided.
            if connection.closed:
                raise
            pause = self._pause_seconds.get(decision.name, PAUSE_SECONDS_MIN)
            self._pause_seconds[decision.name] = min(2 * pause, PAUSE_SECONDS_MAX)
            self._again_at[decision.name] = self._clock() + pause
            self.failed[decision.name] = f"{type(error).__name__}: {error}".strip()
            log.error(
                "decision_failed",
                system=self._system,
                decision=decision.name,
                error=self.failed[decision.name],
                again_seconds=pause,
                next="it is tried again by itself; what ran into a time limit needs a less busy Postgres",
            )
