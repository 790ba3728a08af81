"""Faust's transport as the worker has it. In a process of its own: importing it changes aiokafka."""

import subprocess
import sys
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
STARTED_LONG_AGO: Final = """
import logging
from faust.types import TP
from streams.transport import BatchConsumer, BatchThread

logging.basicConfig(level=logging.ERROR)
consumer = object.__new__(BatchConsumer)
consumer._thread = object.__new__(BatchThread)
consumer.verify_event_path(1e9, TP("topic", 0))
"""


def test_faust_does_not_call_a_worker_stuck_that_is_behind_for_long() -> None:
    """It knows of no record that was acknowledged: the worker watches itself."""
    done = subprocess.run(
        [sys.executable, "-c", STARTED_LONG_AGO], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
