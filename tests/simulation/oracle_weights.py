"""What each bucket weighs at each moment, by all the weights that a partition has seen, for the oracle."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from tests.simulation.oracle_reading import Event
from tests.simulation.oracle_verdicts import Applied

DEFAULT_WEIGHTS = {"conversation": Decimal("0.8"), "planning": Decimal("2.5")}
OTHER_WEIGHT = Decimal(1)
DEFAULTS_FROM = datetime(2000, 1, 1, tzinfo=UTC)

Place = tuple[str, datetime]


def winners(events: Iterable[Event]) -> dict[Place, Event]:
    """The event that holds for each bucket and hour: the greatest (at, id)."""
    best: dict[Place, Event] = {}
    for event in events:
        place = (event.bucket, event.effective_from)
        other = best.get(place)
        if other is None or (event.at, event.id.hex) > (other.at, other.id.hex):
            best[place] = event
    return best


class Weights:
    """The weights of one partition."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._steps: dict[str, list[tuple[datetime, Decimal]]] = defaultdict(list)
        for (bucket, hour), event in sorted(winners(events).items(), key=lambda item: item[0]):
            self._steps[bucket].append((hour, event.multiplier))

    def weight(self, bucket: str, at: datetime) -> Decimal:
        """What an action of the bucket weighs when it happened at this time."""
        steps = self._steps.get(bucket, [])
        place = bisect_right(steps, at, key=lambda step: step[0])
        if place == 0:
            return DEFAULT_WEIGHTS.get(bucket, OTHER_WEIGHT)
        return steps[place - 1][1]


def weights_by_partition(applied: Iterable[Applied], partitions: int) -> list[Weights]:
    """The weights of each partition, from the copies that it got."""
    copies: list[list[Event]] = [[] for _ in range(partitions)]
    for entry in applied:
        if entry.is_copy:
            copies[entry.partition].append(entry.event)
    return [Weights(events) for events in copies]
