"""A replay for the rollups, a system outside the project's folders.

Run as `python -m tests.benchmarks.rollups_replay GENERATION SHARE/OF`.
"""

import sys

from streams.replay import run_replay
from tests.benchmarks.rollups import SYSTEM

if __name__ == "__main__":
    run_replay(SYSTEM, sys.argv[1:])
