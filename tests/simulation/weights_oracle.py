"""What the views of system 3 must show after a log, told from the raw records alone.

It shares no code with the engine: `weights_oracle_reading` checks a distribution, `weights_oracle_facts`
tells what each user set in the order of the log, `weights_oracle_views` what stands at the end.
"""

from typing import Final

from tests.simulation import weights_oracle_views as views
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.weights_oracle_facts import Facts

WeightsExpected = Expected[Facts]
weights_expected: Final = Oracle(
    Facts,
    {
        "impact_weights": views.impact_weights,
        "current": views.current,
        "history": views.history,
        "population": views.population,
    },
)
"""What must be there after these records of `groundswell.weights`."""
