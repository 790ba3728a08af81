"""How much is folded together while there is much to read: by workers, and by replays in bulk."""

from dataclasses import dataclass
from typing import Final

from projections.postgres.connection import LOCK_TIMEOUT_MS

FLUSHED_ROWS: Final = 300_000
"""Behind, a flush waits for this many distinct rows, as its cost is per row and events share rows; ..."""
FLUSHED_SECONDS: Final = 10.0
"""... or for this long."""
GATHERED_ROWS_MAX: Final = 350_000
"""Folding waits while this many distinct rows are gathered, of about 240 bytes each; how many will
follow from others is estimated (Weigh)."""


@dataclass(frozen=True)
class Pace:
    """Limits of one assignment."""

    portion_records: int
    """Records folded without letting anything else run."""
    statement_ms: int | None
    """A statement of a flush may take this long; None: as long as a session's statements usually may."""
    lock_ms: int
    """A flush may wait this long for rows that others hold."""


LIVE: Final = Pace(portion_records=4_000, statement_ms=None, lock_ms=LOCK_TIMEOUT_MS)
"""Flushes that are through before a session ends, portions of about 40 ms."""

BULK: Final = Pace(portion_records=16_000, statement_ms=60_000, lock_ms=50_000)
"""For a replay in bulk: no reader waits for it, no session depends on it, and those beside it may hold shared
rows for seconds."""
