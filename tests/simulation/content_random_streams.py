"""Random logs of system 2 from a seed; what producers, network and relay do to them is as in any system."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Final

from tests.simulation.content_random_decisions import ContentDecisions
from tests.simulation.content_random_junk import content_junk
from tests.simulation.content_random_world import ContentWorld, key_of
from tests.simulation.random_streams import Source, random_log


def content(random: Random, base: datetime) -> Source:
    """System 2."""
    world = ContentWorld(random, base)
    decisions = ContentDecisions(random, world, base)
    return Source(world.event, content_junk(random, base).any, key_of, decisions.next_decision)


content_log: Final = partial(random_log, source=content, with_closes=True)
"""At least `events` records in the order to append them, with decisions as the engine makes them."""
