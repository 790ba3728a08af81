"""A replay of the actions system that one kind of record kills, as running out of memory would.

Run as `python -m tests.integration.fragile_replay GENERATION SHARE/OF`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from streams.folding import Change, States
from streams.folds.actions import RULES, SYSTEM
from streams.replay import run_replay
from streams.rule import RuleFold
from streams.system import StreamSystem
from tests.integration.generations_setting import DEADLY


class FragileFold(RuleFold):
    """The same rules, and the fault."""

    def apply(self, event: Any, states: States) -> Sequence[Change]:
        if getattr(event, "note", None) == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().apply(event, states)


if __name__ == "__main__":
    fold = FragileFold(RULES, version=SYSTEM.fold.version, chores=SYSTEM.fold.chores)
    run_replay(StreamSystem(SYSTEM.events, fold, SYSTEM.model), sys.argv[1:])
