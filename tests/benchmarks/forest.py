"""Contestants: the questions of the system of interactions, over a forest of branches that was filled by SQL.

Trees of 1,000 entries each, 50 deep; users resonate with some entries by the thousand. Each question is about
something else each time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from projections.interactions.reader import Reader
from projections.interactions.state_questions import ENTRIES_MAX
from streams.folds.interactions import SYSTEM
from tests.benchmarks.contest import Contestant, Heat, Races
from tests.benchmarks.in_sql import Recording, in_sql
from tests.benchmarks.reads_race import AT_ONCE, race
from tests.benchmarks.servers import Servers
from tests.benchmarks.table_filling import filled_generation

FILES: Final = Path(__file__).parent / "forest_tables"
DEPTH: Final = 50
TREE_ENTRIES: Final = 1_000
TREE_DEPTH: Final = 10
LIST_ROWS: Final = 100
POPULAR: Final = 10
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class ForestSize:
    """How much there is to read; ``entries`` are whole trees."""

    entries: int
    users: int

    @property
    def numbers(self) -> dict[str, float]:
        """What the files are filled by: each user did 20 things."""
        return {
            "entries": self.entries,
            "users": self.users,
            "resonances": 20 * self.users,
            "tree_entries": TREE_ENTRIES,
            "depth": DEPTH,
        }


class RecordingReader(Recording, Reader):
    """Remembers its statements."""


class Draw:
    """Draws whom and what to ask about."""

    def __init__(self, size: ForestSize) -> None:
        self._random = Random(SEED)
        self._size = size

    def root(self) -> str:
        """Of any tree."""
        return f"entry-{self._random.randrange(self._size.entries // TREE_ENTRIES) * TREE_ENTRIES}"

    def entry(self) -> str:
        """Popular ones are drawn as often as others do things to them."""
        return f"entry-{int(self._size.entries * self._random.random() ** 3)}"

    def popular(self) -> str:
        """One of the few with thousands of users."""
        return f"entry-{self._random.randrange(POPULAR)}"

    def entries(self) -> list[str]:
        """As many as one question may be about, of the whole forest."""
        numbers = self._random.sample(range(self._size.entries), ENTRIES_MAX)
        return [f"entry-{number}" for number in numbers]

    def user(self) -> str:
        """Busy ones are drawn more often."""
        return f"user-{int(self._size.users * self._random.random() ** 1.5)}"


Ask = Callable[[Reader, Draw], Awaitable[Any]]


async def _related(reader: Reader, draw: Draw) -> Any:
    return (await reader.related(draw.entry())).entries or "nothing is related"


async def _recommended(reader: Reader, draw: Draw) -> Any:
    return (await reader.recommended(draw.user())).entries or "nothing is recommended"


QUESTIONS: Final[tuple[tuple[str, str, Ask], ...]] = (
    (
        "tree",
        f"the tree of a root, {TREE_DEPTH} deep",
        lambda reader, draw: reader.tree(draw.root(), depth=TREE_DEPTH),
    ),
    (
        "tree-whole",
        f"the tree of a root, {DEPTH} deep",
        lambda reader, draw: reader.tree(draw.root(), depth=DEPTH),
    ),
    ("counts", f"counts of {ENTRIES_MAX} entries", lambda reader, draw: reader.counts(draw.entries())),
    (
        "states",
        f"a user's states for {ENTRIES_MAX} entries",
        lambda reader, draw: reader.states(draw.user(), draw.entries()),
    ),
    ("entry", "an entry", lambda reader, draw: reader.entry(draw.entry())),
    (
        "branches",
        "the first 100 branches",
        lambda reader, draw: reader.branches(draw.root(), limit=LIST_ROWS),
    ),
    (
        "resonated",
        "the last 100 who resonated",
        lambda reader, draw: reader.resonated(draw.popular(), limit=LIST_ROWS),
    ),
    ("trending", "the 100 that trend most", lambda reader, _: reader.trending(limit=LIST_ROWS)),
    ("related", "related entries", _related),
    ("recommended", "recommended entries", _recommended),
)
"""Name, title, and how to ask; each is answered with something."""


def forest(size: ForestSize) -> Heat:
    """A heat with a contestant for each question."""
    contestants = tuple(Contestant(f"forest-{name}", f"forest: {title}") for name, title, _ in QUESTIONS)
    return Heat(contestants, partial(_prepare, size))


@asynccontextmanager
async def _prepare(size: ForestSize, servers: Servers, chosen: frozenset[str]) -> AsyncIterator[Races]:
    async with servers.database() as database:
        async with filled_generation(database, SYSTEM, FILES, size.numbers):
            pass
        async with RecordingReader(database, connections_max=AT_ONCE) as reader:
            asking = {f"forest-{name}": partial(ask, reader, Draw(size)) for name, _, ask in QUESTIONS}
            yield {
                name: race(servers, ask, partial(in_sql, database, reader, ask))
                for name, ask in asking.items()
                if name in chosen
            }
