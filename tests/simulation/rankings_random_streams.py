"""Random logs of system 4 from a seed; what producers, network and relay do to them is as in any system."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Final

from tests.simulation.random_streams import Source, random_log
from tests.simulation.rankings_random_decisions import RankingsDecisions
from tests.simulation.rankings_random_junk import rankings_junk
from tests.simulation.rankings_random_world import RankingsWorld, key_of


def rankings(random: Random, base: datetime) -> Source:
    """System 4."""
    world = RankingsWorld(random, base)
    decisions = RankingsDecisions(random, world)
    return Source(world.event, rankings_junk(random, base).any, key_of, decisions.next_decision)


rankings_log: Final = partial(random_log, source=rankings, with_closes=True)
"""At least `events` records in the order to append them, with decisions as the engine makes them."""
