"""One command at a time may change a local stack."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from events.errors import GroundswellError, WrongUsage
from events.settings import variable

LIMIT_SECONDS = 300
POLL_SECONDS = 0.1


class StackBusy(GroundswellError):
    """Wait for the other `groundswell up`, `down` or test, or end it."""

    code = "stack_busy"


@contextmanager
def home_lock(home: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the stack in `home` for this block; the lock ends with its process. Raises StackBusy."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock_file = (home / "lock").open("w")
    except OSError as error:
        raise WrongUsage(
            f"cannot write into {home}: {error}. Become its owner, or set {variable('home')} to a folder "
            f"of your own"
        ) from error
    with lock_file:
        deadline = time.monotonic() + LIMIT_SECONDS
        waiting = False
        while True:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    report(f"another command is starting or stopping the stack in {home}: waiting for it")
                    waiting = True
                if time.monotonic() > deadline:
                    raise StackBusy(
                        f"another command has been changing the stack in {home} for {LIMIT_SECONDS} s: "
                        f"wait for it or end it, then try again"
                    ) from None
                time.sleep(POLL_SECONDS)
        yield
