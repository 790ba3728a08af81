"""Which systems can be simulated: each that a module of this package declares a `SIMULATION` of."""

from __future__ import annotations

from functools import cache
from typing import Any

import events.simulation
from events.declared import declared
from events.simulation.simulation import Simulation


@cache
def simulations() -> dict[str, type[Simulation[Any]]]:
    """Every simulation by the name of its system."""
    found = (simulation for _, simulation in declared(events.simulation, "SIMULATION"))
    return {simulation.system: simulation for simulation in found}
