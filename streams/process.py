"""What the processes that fold have in common: workers and replays. Both are crash-only: whatever cannot be
put right by waiting ends the process, and who started it starts a fresh one."""

import asyncio
import ctypes
import gc
import logging
import os
import sys
from typing import Final, NoReturn

import structlog

from events.errors import GroundswellError, ServerUnreachable
from streams.errors import EXIT_RESTART, EXIT_STOP, WorkerStopped
from streams.kept_process import parent_of_this

log = structlog.get_logger(__name__)

PARENT_LOOK_SECONDS: Final = 1.0
MAPPED_BYTES_MIN: Final = 256 << 10
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
"""Of mallopt(3)."""


def set_up_logging(*, only_warnings: bool = False) -> None:
    """JSON off a terminal, readable on one; Faust and aiokafka only speak up when something is wrong."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if only_warnings else logging.NOTSET
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.ERROR, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    # It sets a level of its own, and warns of each pipeline that ends with an error, which is raised anyway.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def tune_memory() -> None:
    """For a process that makes and drops hundreds of thousands of objects each second.

    Looks for cycles rarely: a gathering has none, and walking it again and again took a third of a worker's
    time. And gives large blocks back to the system at once: by itself glibc takes ever larger ones from its
    heap, which stays as large as it ever was, a third more than is in use. Other C libraries are left as they
    are.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, MAPPED_BYTES_MIN)
        libc.mallopt(_M_TRIM_THRESHOLD, MAPPED_BYTES_MIN)


def end_with(error: BaseException, system: str) -> NoReturn:
    """Says what was the matter, and ends the process at once: what is in memory is not to be trusted."""
    if isinstance(error, GroundswellError):
        log.error("worker_ends", system=system, code=error.code, error=str(error))
    else:
        log.error("worker_ends", system=system, error=repr(error), exc_info=error)
    leave(_exit_code(error))


def leave(code: int) -> NoReturn:
    """Ends the process at once, whatever threads linger."""
    sys.stderr.flush()
    os._exit(code)


async def watch_parent(system: str) -> NoReturn:
    """Ends the process when the one that started it has gone: nobody else would stop or restart it."""
    parent = parent_of_this()
    while True:
        if os.getppid() != parent:
            log.error("supervisor_gone", system=system)
            leave(EXIT_RESTART)
        await asyncio.sleep(PARENT_LOOK_SECONDS)


def _exit_code(error: BaseException) -> int:
    """Our own errors stop the system, unless they say that a fresh process helps; anything else may pass."""
    stops = isinstance(error, GroundswellError) and not isinstance(error, WorkerStopped | ServerUnreachable)
    return EXIT_STOP if stops else EXIT_RESTART
