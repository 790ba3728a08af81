"""Random logs of system 3 from a seed; what producers, network and relay do to them is as in any system."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Final

from tests.simulation.random_streams import Source, random_log
from tests.simulation.weights_random_junk import weights_junk
from tests.simulation.weights_random_world import WeightsWorld, key_of


def weights(random: Random, base: datetime) -> Source:
    """System 3; it decides nothing."""
    return Source(WeightsWorld(random, base).event, weights_junk(random, base).any, key_of)


weights_log: Final = partial(random_log, source=weights)
"""At least `events` records in the order to append them."""
