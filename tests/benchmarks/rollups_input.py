"""The input of the five rollups, and what they must come to, counted from the numbers that were drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.log_writer import Record
from tests.benchmarks.rollups import KINDS

Totals = dict[str, dict[tuple[str | int, ...], tuple[int, ...]]]
"""By table: by key the number of events of each kind."""

SEED: Final = 1
VIDEOS: Final = 10_000
CREATORS: Final = 1_000
USERS: Final = 100_000
SHARES: Final = (0.02, 0.03, 0.20, 0.70, 0.05)
"""How frequent each kind is, in their order: most people only watch."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
STEP_MILLISECONDS: Final = 2
"""Between two events: two million span two hours of the clock."""
_ID_BYTES: Final = 16
_HOUR_MILLISECONDS: Final = 3_600_000


class RollupsInput:
    """``events`` events, uniform over videos, creators and users; the same ones for the same seed."""

    def __init__(self, events: int, seed: int = SEED) -> None:
        random = np.random.default_rng(seed)
        self.events = events
        self._random = random
        self._kinds = random.choice(len(KINDS), size=events, p=SHARES)
        self._videos = random.integers(0, VIDEOS, events)
        self._creators = random.integers(0, CREATORS, events)
        self._users = random.integers(0, USERS, events)
        self._ids = random.bytes(_ID_BYTES * events).hex()

    def records(self) -> Iterator[Record]:
        """Key and value of each, in order. The JSON is formatted by hand: it takes a tenth of the time."""
        columns = (self._kinds, self._videos, self._creators, self._users)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        second, clock, ids = -1, "", self._ids
        for number, (kind, video, creator, user) in enumerate(rows):
            passed_ms = number * STEP_MILLISECONDS
            if passed_ms // 1000 != second:
                second = passed_ms // 1000
                clock = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
            bits = ids[2 * _ID_BYTES * number : 2 * _ID_BYTES * (number + 1)]
            identity = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"
            yield (
                f"v{video}",
                (
                    f'{{"id":"{identity}","type":"rollups.{KINDS[kind]}","v":1,'
                    f'"at":"{clock}.{passed_ms % 1000:03d}Z",'
                    f'"actor":"u{user}","video_id":"v{video}","creator_id":"c{creator}"}}'
                ).encode(),
            )

    def totals(self, twice: Sequence[int] = ()) -> Totals:
        """What the five tables must hold; hours are counted from the first day of the year 1.

        The events at the places ``twice`` count twice.
        """
        first_hour = START.toordinal() * 24 + START.hour
        passed = np.arange(self.events) * STEP_MILLISECONDS // _HOUR_MILLISECONDS
        hours = [first_hour + hour for hour in range(int(passed[-1]) + 1)]
        videos = [f"v{number}" for number in range(VIDEOS)]
        creators = [f"c{number}" for number in range(CREATORS)]
        users = [f"u{number}" for number in range(USERS)]
        return {
            "videos": self._counted(self._videos, [(video,) for video in videos], twice),
            "creators": self._counted(self._creators, [(creator,) for creator in creators], twice),
            "users": self._counted(self._users, [(user,) for user in users], twice),
            "video_hours": self._counted(
                passed * VIDEOS + self._videos, [(video, hour) for hour in hours for video in videos], twice
            ),
            "creator_hours": self._counted(
                passed * CREATORS + self._creators,
                [(creator, hour) for hour in hours for creator in creators],
                twice,
            ),
        }

    def _counted(
        self, places: NDArray[Any], keys: Sequence[tuple[str | int, ...]], twice: Sequence[int]
    ) -> dict[tuple[str | int, ...], tuple[int, ...]]:
        """The counts by key of those keys that occur; ``places`` are indexes into ``keys``, one an event."""
        cells = places * len(KINDS) + self._kinds
        cells = np.concatenate((cells, cells[np.asarray(twice, dtype=np.intp)]))
        cells = np.bincount(cells, minlength=len(keys) * len(KINDS))
        rows = cells.reshape(len(keys), len(KINDS)).tolist()
        return {key: tuple(row) for key, row in zip(keys, rows, strict=True) if any(row)}
