"""Random logs of system 5 from a seed; what producers, network and relay do to them is as in any system."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Final

from tests.simulation.interactions_random_junk import interactions_junk
from tests.simulation.interactions_random_world import InteractionsWorld, key_of
from tests.simulation.random_streams import Source, random_log


def interactions(random: Random, base: datetime) -> Source:
    """System 5; it decides nothing."""
    return Source(InteractionsWorld(random, base).event, interactions_junk(random, base).any, key_of)


interactions_log: Final = partial(random_log, source=interactions)
"""At least `events` records in the order to append them."""
