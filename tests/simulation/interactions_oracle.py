"""What the views of system 5 must show after a log, told from the raw records alone.

It shares no code with the engine: `interactions_oracle_facts` keeps what every entry was told and who does
what to it now, `interactions_oracle_forest` who branched off whom; `interactions_oracle_views` counts, walks
and groups what stands at the end, `interactions_oracle_now` as of a moment.
"""

from typing import Final

from tests.simulation import interactions_oracle_views as views
from tests.simulation.interactions_oracle_facts import Facts
from tests.simulation.oracle_expected import Expected, Oracle

InteractionsExpected = Expected[Facts]
interactions_expected: Final = Oracle(
    Facts,
    {
        "interaction_counts": views.interaction_counts,
        "user_states": views.user_states,
        "resonances": views.resonances,
        "branches": views.branches,
        "entries": views.entries,
        "tree_parts": views.tree_parts,
        "tree_roots": views.tree_roots,
        "activity": views.activity,
    },
)
"""What must be there after these records of `groundswell.interactions`."""
