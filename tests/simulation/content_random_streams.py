"""Random logs of system 2 from a seed; what producers, network and relay do to them is as in any system."""

from datetime import datetime
from random import Random

from tests.simulation.content_random_decisions import ContentDecisions
from tests.simulation.content_random_junk import content_junk
from tests.simulation.content_random_world import ContentWorld, key_of
from tests.simulation.random_dead import Junk
from tests.simulation.random_json import Fields
from tests.simulation.random_streams import BASE_TIME, Instruction, random_log


class Content:
    """System 2 as a `random_streams.Source`."""

    def __init__(self, random: Random, base: datetime) -> None:
        self._random = random
        self._world = ContentWorld(random, base)
        self._decisions = ContentDecisions(random, self._world, base)

    def event(self, now: datetime) -> Fields:
        """The next event."""
        return self._world.event(now)

    def key_of(self, fields: Fields) -> str:
        """The key that it belongs to."""
        return key_of(fields)

    def is_reference(self, fields: Fields) -> bool:
        """No event of this system is one."""
        return False

    def decision(self, now: datetime) -> list[Fields]:
        """The parts of the next decision; none while it is not due."""
        return self._decisions.next_decision(now)

    def junk(self, now: datetime, partitions: int) -> Junk:
        """A record that must not count."""
        return content_junk(self._random, self._world, now, partitions)


def content_log(
    seed: int,
    *,
    events: int = 1000,
    partitions: int = 4,
    junk_share: float = 0.04,
    base: datetime = BASE_TIME,
    with_decisions: bool = True,
) -> list[Instruction]:
    """At least `events` records in the order to append them, with decisions as the engine makes them."""
    return random_log(
        seed,
        events=events,
        partitions=partitions,
        junk_share=junk_share,
        base=base,
        with_closes=with_decisions,
        source=Content,
    )
