"""Fills a generation of the content system by SQL, as if all its videos had been folded into it.

Only what lists read is there. Owners are drawn so that few have very many videos: the largest hashtag has
about every ninth one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, Magnitude
from projections.postgres.generations import Generation
from streams.folds.content import SYSTEM
from tests.benchmarks.table_filling import filled_generation

FILES: Final = Path(__file__).parent / "content_tables"
LARGEST: Final = {
    "creator": "creator-0",
    "sound": "sound-0",
    "hashtag": "hashtag0",
    "community": "community-0",
}
"""What has most videos of each kind."""


@dataclass(frozen=True, slots=True)
class ContentSize:
    """How much there is to read."""

    videos: int

    @property
    def numbers(self) -> dict[str, float]:
        """How many there are of each thing: at a million videos 50,000 creators, 100,000 hashtags, 10,000
        communities."""
        return {
            "videos": self.videos,
            "creators": max(10, self.videos // 20),
            "sounds": max(10, self.videos // 20),
            "hashtags": max(10, self.videos // 10),
            "communities": max(10, self.videos // 100),
            **_bits("counts", COARSE_COUNTS),
            **_bits("scores", COARSE_SCORES),
        }


def _bits(name: str, magnitude: Magnitude) -> dict[str, float]:
    return {f"{name}_{part}": number for part, number in asdict(magnitude).items()}


async def fill(database: str, size: ContentSize) -> Generation:
    """Makes the tables of an empty database and fills them; answers the generation that the views read."""
    async with filled_generation(database, SYSTEM, FILES, size.numbers) as (_, generation):
        return generation
