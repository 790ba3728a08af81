"""Trending scores of rows in Redis: these hold the heat, from which the score of any minute follows."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from projections.heat import HEAT_HOURS
from projections.redis.reader import CacheReader, Row

HEAT_EPOCH_HOURS: Final = 438_288
"""Heat counts hours since 2020-01-01; this many after 1970."""
SCORE_PLACES: Final = 6


@dataclass(frozen=True)
class ScoreClock:
    """The minute for which scores are told, in whole ones since 1970, and the half-life in hours."""

    minute: int
    half_life_hours: float

    @classmethod
    async def of(cls, reader: CacheReader) -> "ScoreClock | None":
        """As of this minute; None where Redis cannot be trusted."""
        parameters = await reader.parameters()
        minute = await reader.minute()
        if parameters is None or minute is None:
            return None
        return cls(minute, parameters["half_life_hours"])

    def score_of(self, row: Row) -> Decimal:
        """The trending score as views have it, of a row with `heat` and `heat_hour`."""
        if "heat" not in row or int(row["heat_hour"]) < self.minute // 60 - HEAT_HOURS:
            return Decimal(0)
        hours = self.minute / 60 - HEAT_EPOCH_HOURS
        score = math.exp2(float(row["heat"]) - hours / self.half_life_hours)
        return Decimal(f"{score:.{SCORE_PLACES}f}".rstrip("0").rstrip("."))
