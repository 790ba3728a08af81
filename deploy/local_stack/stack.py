"""The local stack: Kafka, Postgres and Valkey as processes of this machine."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local_stack import kafka, postgres, valkey
from deploy.local_stack.home_lock import home_lock
from deploy.local_stack.server import NotAnswering, Server, ServerFailed
from deploy.local_stack.stack_file import StackFile
from events.errors import GroundswellError, ServerUnreachable, WrongUsage
from events.settings import SERVERS, environment_addresses, load_settings, variable

PARTITIONS = 4

Report = Callable[[str], None]
_QUESTIONS: Mapping[str, Callable[[str], None]] = {
    "kafka": kafka.ask,
    "postgres": postgres.ask,
    "redis": valkey.ask,
}


def _say_nothing(line: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three servers are: Kafka as `host:port`, the others as URLs."""

    kafka: str
    postgres: str
    redis: str


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server: where it is, who says so (`local stack` or `environment`), and whether it answers now."""

    name: str
    address: str | None
    source: str
    pid: int | None
    answers: bool
    problem: str | None
    log: Path | None


class LocalStack:
    """The three servers whose data, logs and addresses lie in `home`.

    A server whose address is in the environment is somebody else's: it is used, never started or stopped.
    Everything here blocks; `async with` does the same in a thread. Any number of objects and processes may
    use one home at the same time.
    """

    def __init__(self, home: Path | None = None, *, prefer_usual_ports: bool = True) -> None:
        self.home = (home or load_settings().home).absolute()
        self._prefer_usual_ports = prefer_usual_ports
        self._external = environment_addresses()

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *error: object) -> None:
        self.down()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.up)
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.down)

    def starts(self, name: str) -> bool:
        """Whether this server is the stack's own, not one that the environment names."""
        return name not in self._external

    @property
    def addresses(self) -> Addresses:
        """Where the servers are. Raises ServerUnreachable when one was never started."""
        known = {**StackFile.load(self.home).addresses, **self._external}
        for name in SERVERS:
            if name not in known:
                raise ServerUnreachable(
                    f"no address of {name} is known in {self.home}: start the local stack with "
                    f"`groundswell up`, or set {variable(name)}"
                )
        return Addresses(**{name: known[name] for name in SERVERS})

    def up(self, report: Report = _say_nothing) -> Addresses:
        """Start what does not run, side by side, and wait until all answers; `report` gets a line for each.

        Raises ServerFailed with the last log lines of each server that failed; the others go on running.
        """
        with ThreadPoolExecutor(len(SERVERS)) as pool:
            list(pool.map(self._ask_external, self._external))
        self._start(self._own_names(), report)
        return self.addresses

    def start(self, name: str) -> None:
        """Start one server and wait until it answers. Raises ServerFailed."""
        self._start([self._own(name)], _say_nothing)

    def stop(self, name: str) -> None:
        """Stop one server in order, by force after its limit."""
        with home_lock(self.home, _say_nothing):
            self._server(self._own(name), StackFile.load(self.home)).stop()

    def restart(self, name: str) -> None:
        """Stop one server in order and start it again, at the same port unless somebody took it meanwhile."""
        self.stop(name)
        self.start(name)

    def kill(self, name: str, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one server, as a test does; after SIGKILL it has ended when this returns."""
        server = self._server(self._own(name), StackFile.load(self.home))
        server.daemon.send(signum)
        if signum == signal.SIGKILL:
            server.daemon.wait_for_end(server.stop_limit_seconds)

    def down(self, *, wipe: bool = False, report: Report = _say_nothing) -> None:
        """Stop the servers, by force after their limits; `wipe` removes data, logs and addresses too."""
        if not self.home.exists():
            return
        with home_lock(self.home, report):
            stack_file = StackFile.load(self.home)
            servers = [self._server(name, stack_file) for name in self._own_names()]
            for server in servers:
                _stop_and_report(server, report, abandon=wipe)
            if wipe:
                for server in servers:
                    server.wipe()
                shutil.rmtree(self.home / "logs", ignore_errors=True)
                stack_file.path.unlink(missing_ok=True)
                report(f"removed the data in {self.home}")

    def status(self) -> list[ServerStatus]:
        """Each server with its address and whether it answers right now."""
        stack_file = StackFile.load(self.home)
        with ThreadPoolExecutor(len(SERVERS)) as pool:
            return list(pool.map(lambda name: self._status_of(name, stack_file), SERVERS))

    def _start(self, names: list[str], report: Report) -> None:
        with home_lock(self.home, report):
            stack_file = StackFile.load(self.home)
            # Before the first start: a password that only a killed process knew would lock everybody out.
            stack_file.save()
            servers = {name: self._server(name, stack_file) for name in names}
            try:
                with ThreadPoolExecutor(len(SERVERS)) as pool:
                    failures = list(pool.map(lambda one: _start_and_report(one, report), servers.values()))
            finally:
                self._write_down(servers, stack_file)
        found = [failure for failure in failures if failure is not None]
        if len(found) == 1:
            raise found[0]
        if found:
            raise ServerFailed("\n".join(str(failure) for failure in found))

    def _write_down(self, servers: Mapping[str, Server], stack_file: StackFile) -> None:
        for name, server in servers.items():
            stack_file.ports.update(server.ports)
            if server.has_ports():
                stack_file.addresses[name] = server.address
            if isinstance(server, postgres.Postgres):
                stack_file.postgres_folder = server.folder
        for name in self._external:
            stack_file.addresses.pop(name, None)
        stack_file.partitions = PARTITIONS if "kafka" in stack_file.addresses else None
        stack_file.save()

    def _own_names(self) -> list[str]:
        return [name for name in SERVERS if name not in self._external]

    def _own(self, name: str) -> str:
        if name not in SERVERS:
            raise WrongUsage(f"there is no server {name!r}: it must be one of {', '.join(SERVERS)}")
        if name in self._external:
            raise WrongUsage(
                f"{name} is the server that {variable(name)} names, not the local stack's: unset "
                f"{variable(name)} to have one that can be started and stopped here"
            )
        return name

    def _server(self, name: str, stack_file: StackFile) -> Server:
        if name == "kafka":
            return kafka.Kafka(self.home, stack_file.ports, prefer_usual_ports=self._prefer_usual_ports)
        if name == "redis":
            return valkey.Valkey(self.home, stack_file.ports, prefer_usual_ports=self._prefer_usual_ports)
        return postgres.Postgres(
            self.home,
            stack_file.ports,
            prefer_usual_ports=self._prefer_usual_ports,
            password=stack_file.postgres_password,
            password_is_new=stack_file.postgres_password_is_new,
            folder=stack_file.postgres_folder,
        )

    def _status_of(self, name: str, stack_file: StackFile) -> ServerStatus:
        external = self._external.get(name)
        address = external or stack_file.addresses.get(name)
        daemon = None if external else self._server(name, stack_file).daemon
        pid = daemon.pid() if daemon else None
        problem = None
        if address is None or (daemon is not None and pid is None):
            problem = "not running"
        else:
            try:
                _QUESTIONS[name](address)
            except NotAnswering as error:
                problem = str(error)
        return ServerStatus(
            name=name,
            address=address,
            source="environment" if external else "local stack",
            pid=pid,
            answers=problem is None,
            problem=problem,
            log=daemon.log_file if daemon else None,
        )

    def _ask_external(self, name: str) -> None:
        try:
            _QUESTIONS[name](self._external[name])
        except NotAnswering as error:
            raise ServerUnreachable(
                f"{name} at the address in {variable(name)} does not answer: {error}. Correct "
                f"{variable(name)}, or unset it to have the local stack start one"
            ) from error


def _start_and_report(server: Server, report: Report) -> GroundswellError | None:
    was_running = server.daemon.pid() is not None
    started = time.monotonic()
    try:
        server.start()
    except GroundswellError as error:
        return error
    where = server.address.rpartition("@")[2]
    if was_running:
        report(f"{server.title} runs already at {where}")
    else:
        report(f"{server.title} answers at {where} after {time.monotonic() - started:.1f} s")
    return None


def _stop_and_report(server: Server, report: Report, *, abandon: bool) -> None:
    was_running = server.daemon.pid() is not None
    if not server.stop(abandon=abandon):
        report(f"{server.title} did not end within {server.stop_limit_seconds:.0f} s and was killed")
    elif was_running:
        report(f"{server.title} stopped")
