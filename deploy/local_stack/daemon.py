"""One server as a process in a session of its own, which outlives the command that started it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deploy.local_stack.service_user import ServiceUser

LOG_BYTES_MAX = 10 * 1024 * 1024
TAIL_BYTES_MAX = 64 * 1024
POLL_SECONDS = 0.05
KILL_LIMIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process beyond doubt: a pid is used again, but never with the same start in the same boot."""

    pid: int
    started_ticks: int
    boot: str


def mark_of(pid: int) -> ProcessMark | None:
    """The mark of a running process; None when there is none.

    The start is counted in clock ticks since the boot, so that setting the clock does not change it.
    """
    try:
        after_name = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        )
        fields = after_name.split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started_ticks = fields[0], int(fields[19])
    # A zombie has ended and only waits for its parent; but a killed Java still holds its ports until the last
    # of its threads has gone.
    has_ended = state in "ZX" and threads <= 1
    return None if has_ended else ProcessMark(pid, started_ticks, boot)


class Daemon:
    """A server's process, known by `<home>/<name>.pid`, its output appended to `<home>/logs/<name>.log`."""

    def __init__(self, name: str, home: Path) -> None:
        self.name = name
        self.pid_file = home / f"{name}.pid"
        self.log_file = home / "logs" / f"{name}.log"
        self._log_start_bytes = 0

    def pid(self) -> int | None:
        """The pid of the running process, None when it does not run."""
        try:
            mark = ProcessMark(**json.loads(self.pid_file.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        if mark_of(mark.pid) == mark:
            return mark.pid
        _collect(mark.pid)
        return None

    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        user: ServiceUser | None = None,
    ) -> None:
        """Start the process in `folder`, as `user` if one is given. Raises OSError when it cannot be run."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_BYTES_MAX:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("ab") as log:
            self._log_start_bytes = log.tell()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
        self._remember(process.pid)

    def adopt(self, argument: str) -> None:
        """Take over a process whose pid file was lost, known by one of its arguments, a path of this home."""
        for process in psutil.process_iter(["cmdline"]):
            if argument in (process.info["cmdline"] or ()):
                self._remember(process.pid)
                return

    def _remember(self, pid: int) -> None:
        mark = mark_of(pid)
        if mark is not None:
            temporary = self.pid_file.with_suffix(".pid.new")
            temporary.write_text(json.dumps(asdict(mark)), encoding="ascii")
            temporary.replace(self.pid_file)

    def send(self, signum: signal.Signals) -> bool:
        """Send a signal, to its children too when none can be handled. False when it does not run."""
        pid = self.pid()
        if pid is None:
            return False
        pids = [pid]
        # Nothing can pass these three on: without its children, half of a Postgres would go on.
        if signum in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
            pids += [child.pid for child in _children(pid)]
        for target in pids:
            try:
                os.kill(target, signum)
            except ProcessLookupError:
                continue
        return True

    def stop(self, signum: signal.Signals, limit_seconds: float) -> bool:
        """Ask the process to end, kill it after the limit. True when it ended by itself or was not there."""
        if not self.send(signum):
            self.pid_file.unlink(missing_ok=True)
            return True
        # A stopped process can't act on anything before it is continued.
        self.send(signal.SIGCONT)
        ended_by_itself = self.wait_for_end(limit_seconds)
        if not ended_by_itself:
            self.send(signal.SIGKILL)
            self.wait_for_end(KILL_LIMIT_SECONDS)
        self.pid_file.unlink(missing_ok=True)
        return ended_by_itself

    def wait_for_end(self, limit_seconds: float) -> bool:
        """True once the process has ended, False when the limit passed first."""
        deadline = time.monotonic() + limit_seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def last_log_lines(self, count: int) -> list[str]:
        """The last lines that the process wrote, since this object started it if it did."""
        try:
            with self.log_file.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start_bytes, end - TAIL_BYTES_MAX))
                return log.read().decode("utf-8", errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []


def _collect(pid: int) -> None:
    """Let a process that ended go, when this process is its parent: tests outlive the servers they start."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
