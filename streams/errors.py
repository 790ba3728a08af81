"""What stops a worker, and with which exit code the supervisor hears of it."""

from typing import Final

from events.errors import GroundswellError

EXIT_RESTART: Final = 75
"""The supervisor starts a fresh process within a second: everything in memory is dropped, the tables tell
the rest."""
EXIT_STOP: Final = 78
"""The supervisor stops this system: starting again would fail in the same way until somebody has looked."""


class WorkerStopped(GroundswellError):
    """The worker has to start afresh."""

    code = "worker_stopped"


class Fenced(WorkerStopped):
    """Another worker owns these partitions now. Nothing was written; a fresh process joins the group
    again."""

    code = "fenced"


class BatchLost(WorkerStopped):
    """A batch does not begin at the position: one before it was lost on the way. A fresh process reads it
    again."""

    code = "batch_lost"


class NotFolding(WorkerStopped):
    """Partitions are assigned and have records, but none was folded for too long. A fresh process joins
    again."""

    code = "not_folding"


class RecordRefusedByDatabase(WorkerStopped):
    """Postgres refuses what some record of a flush says. Fresh processes close in on it and put it aside."""

    code = "record_refused_by_database"


class LogChanged(GroundswellError):
    """The topic is not the log that was folded: deleted, recreated or cut. Restore it, or start a new
    generation; nothing is skipped."""

    code = "log_changed"


class PartitionsChanged(GroundswellError):
    """The topic has another number of partitions than its log began with, so keys moved. Make a new topic
    with the number that you want, copy the log and rebuild."""

    code = "partitions_changed"


class FoldChanged(GroundswellError):
    """The rows of the active generation were folded by other rules than this release has. Rebuild them:
    `groundswell rebuild SYSTEM --promote`; or run the release that folded them."""

    code = "fold_changed"


class RecordKillsWorkers(GroundswellError):
    """Worker after worker died at one position. Look at the record that waits there and at the worker's log;
    a worker started by hand tries again."""

    code = "record_kills_workers"
