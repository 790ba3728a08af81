"""A worker for the rollups, a system outside the project's folders.

Run as `python -m tests.benchmarks.rollups_worker`.
"""

from streams.worker import run_worker
from tests.benchmarks.rollups import SYSTEM

if __name__ == "__main__":
    run_worker(SYSTEM)
