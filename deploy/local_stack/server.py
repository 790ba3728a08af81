"""What the three servers have in common: made ready, started, asked until they answer, stopped."""

from __future__ import annotations

import shutil
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy.local_stack import ports
from deploy.local_stack.daemon import Daemon
from deploy.local_stack.service_user import ServiceUser
from events.errors import ServerUnreachable

POLL_SECONDS = 0.1
ANSWER_LIMIT_SECONDS = 3
FAILURE_LOG_LINES = 20
START_ATTEMPTS_MAX = 3


class ServerFailed(ServerUnreachable):
    """Read the log lines in the message, mend what they name, and run `groundswell up` again."""

    code = "server_failed"


class NotAnswering(Exception):
    """A server does not answer (yet), and why. Never leaves this package as it is."""


class Server(ABC):
    """One server of the local stack, its data below `<home>/<name>/`.

    `ports` maps the names of its ports to their numbers; `start` fills it in, and keeps those that are free.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    usual_ports: ClassVar[Mapping[str, int]]
    start_limit_seconds: ClassVar[float]
    stop_limit_seconds: ClassVar[float]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    abandon_signal: ClassVar[signal.Signals | None] = None
    """What ends it when its data is removed, if that is not what stops it."""

    def __init__(self, home: Path, kept_ports: Mapping[str, int], *, prefer_usual_ports: bool) -> None:
        self.home = home
        self.folder = home / self.name
        self.ports = {name: kept_ports[name] for name in self.usual_ports if name in kept_ports}
        self.daemon = Daemon(self.name, home)
        self._prefer_usual_ports = prefer_usual_ports

    @property
    @abstractmethod
    def address(self) -> str:
        """Where clients find it, in the form of `GROUNDSWELL_<NAME>`."""

    @abstractmethod
    def prepare(self) -> None:
        """Make data folder and configuration; called before each start. Raises GroundswellError."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command that runs it in the foreground, listening on `ports`."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The environment of that command."""

    @abstractmethod
    def ask(self) -> None:
        """A real question to the running server. Raises NotAnswering with the reason."""

    def wipe(self) -> None:
        """Remove all its data; it does not run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def user(self) -> ServiceUser | None:
        """Whom it runs as when not as the user who starts it."""
        return None

    def mark(self) -> str | None:
        """An argument that only this home's server is started with, by which a lost process is found."""
        return None

    def after_start(self) -> None:  # noqa: B027
        """What is left to do once it answers: nothing, for most servers."""

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers. Raises ServerFailed."""
        mark = self.mark()
        if self.daemon.pid() is None and mark is not None:
            self.daemon.adopt(mark)
        if self.daemon.pid() is not None and not self.has_ports():
            # Nobody knows where it listens (stack.json was removed): only a fresh start tells.
            self.stop()
        for attempt in range(1, START_ATTEMPTS_MAX + 1):
            was_running = self.daemon.pid() is not None
            if not was_running:
                self._start_process()
            try:
                self._wait_until_it_answers()
                break
            except ServerFailed:
                # It may have been about to end when we came, or somebody took its port between our look and
                # its own: one more try mends both.
                ended = self.daemon.pid() is None
                lost_port = ended and not all(map(ports.is_free, self.ports.values()))
                if not ((ended and was_running) or lost_port) or attempt == START_ATTEMPTS_MAX:
                    raise
        self.after_start()

    def stop(self, *, abandon: bool = False) -> bool:
        """Ask it to end and wait; kill it after its limit. True when it ended by itself. `abandon`: it need
        not keep its data."""
        signum = self.abandon_signal if abandon else None
        return self.daemon.stop(signum or self.stop_signal, self.stop_limit_seconds)

    def has_ports(self) -> bool:
        """Whether it is known where the server listens: it is after a start."""
        return self.ports.keys() == self.usual_ports.keys()

    def _start_process(self) -> None:
        chosen: dict[str, int] = {}
        for name, usual in self.usual_ports.items():
            wanted = self.ports.get(name, usual if self._prefer_usual_ports else None)
            chosen[name] = ports.choose(wanted, chosen.values())
        self.ports = chosen
        self.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        try:
            self.daemon.start(
                self.command(), folder=self.folder, environment=self.environment(), user=self.user()
            )
        except OSError as error:
            raise ServerFailed(f"{self.title} cannot be run: {error}. {self._next_step()}") from error

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.start_limit_seconds
        while True:
            if self.daemon.pid() is None:
                raise ServerFailed(self._failure("ended while it was starting"))
            try:
                return self.ask()
            except NotAnswering as reason:
                if time.monotonic() > deadline:
                    problem = (
                        f"does not answer {self.start_limit_seconds:.0f} seconds after its start ({reason})"
                    )
                    raise ServerFailed(self._failure(problem)) from reason
            time.sleep(POLL_SECONDS)

    def _failure(self, problem: str) -> str:
        lines = self.daemon.last_log_lines(FAILURE_LOG_LINES) or ["(it wrote nothing)"]
        shown = "\n".join(f"    {line}" for line in lines)
        return f"{self.title} {problem}. The last lines of its log:\n{shown}\n{self._next_step()}"

    def _next_step(self) -> str:
        return (
            f"What to do: mend what is named above and run `groundswell up` again; the whole log is "
            f"{self.daemon.log_file}. `groundswell doctor` checks disk and permissions; "
            f"`groundswell down --wipe` gives up the data and starts afresh"
        )
