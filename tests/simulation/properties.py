"""What the random streams of each system are compared with: one entry a system, nothing else to write."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from tests.simulation.content_compare import NOW_COLUMNS, content_differences
from tests.simulation.content_oracle import content_expected
from tests.simulation.content_random_streams import content_log
from tests.simulation.content_redis import CONTENT, CONTENT_KEYS
from tests.simulation.crash_redis import ShownSystem
from tests.simulation.interactions_compare import interactions_differences
from tests.simulation.interactions_oracle import interactions_expected
from tests.simulation.interactions_random_streams import interactions_log
from tests.simulation.interactions_redis import INTERACTIONS
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.random_streams import Instruction
from tests.simulation.rankings_oracle import rankings_expected
from tests.simulation.rankings_random_streams import rankings_log
from tests.simulation.rankings_redis import RANKINGS, RANKINGS_KEYS
from tests.simulation.weights_compare import weights_differences
from tests.simulation.weights_oracle import weights_expected
from tests.simulation.weights_random_streams import weights_log
from tests.simulation.weights_redis import WEIGHTS, WEIGHTS_KEYS

FurtherDifferences = Callable[[AsyncConnection[Any], Generation, Expected[Any]], Awaitable[list[str]]]
"""A line for each difference beside what the views tell as facts: columns (now), rows that lists walk."""


class RandomLog(Protocol):
    """A system's log from a seed, in the order to append it: `random_streams.random_log` of its source."""

    def __call__(
        self, seed: int, /, *, events: int = ..., partitions: int = ..., **given: Any
    ) -> list[Instruction]:
        """At least `events` records; with `base`, from then on."""


@dataclass(frozen=True)
class Property:
    """A system whose tables are what its log says, and whose Redis is what its tables say.

    `keys` answer, by lazy entity of Redis, the keys of all rows that somebody may look at; `now_columns` are
    those of views that the oracle does not tell. A log has `events` records and begins `span` before now, so
    that its last ones count in what is shown as of now. Few `appended_at_once` let more happen in between.
    """

    log: RandomLog
    expected: Oracle[Any]
    shown: ShownSystem
    keys: Mapping[str, str]
    further: FurtherDifferences | None = None
    now_columns: frozenset[str] = frozenset()
    events: int = 180
    appended_at_once: int = 40
    span: timedelta = timedelta(hours=36)


PROPERTIES: Final[Mapping[str, Property]] = {
    "content": Property(
        content_log,
        content_expected,
        CONTENT,
        CONTENT_KEYS,
        further=content_differences,
        now_columns=NOW_COLUMNS,
        events=300,
    ),
    "interactions": Property(
        interactions_log, interactions_expected, INTERACTIONS, {}, further=interactions_differences
    ),
    "rankings": Property(rankings_log, rankings_expected, RANKINGS, RANKINGS_KEYS),
    "weights": Property(weights_log, weights_expected, WEIGHTS, WEIGHTS_KEYS, further=weights_differences),
}
"""By the name of the system."""
