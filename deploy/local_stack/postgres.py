"""Postgres 18 from a Python package."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import psutil

from deploy.local_stack.ports import HOST
from deploy.local_stack.postgres_place import Place, find_place
from deploy.local_stack.server import ANSWER_LIMIT_SECONDS, NotAnswering, Server, ServerFailed
from deploy.local_stack.service_user import ServiceUser

DATABASE = "groundswell"
USER = "groundswell"
COMMAND_LIMIT_SECONDS = 120
ORPHANS_LIMIT_SECONDS = 10

# jit costs more than it gives for short statements; a checkpoint in the middle of a burst costs latency.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(Server):
    """`folder` is recorded from an earlier start; `password_is_new`: existing data knows another one."""

    name: ClassVar[str] = "postgres"
    title: ClassVar[str] = "Postgres"
    usual_ports: ClassVar[Mapping[str, int]] = {"postgres": 5432}
    # After a crash it first replays up to max_wal_size of its log.
    start_limit_seconds: ClassVar[float] = 120.0
    stop_limit_seconds: ClassVar[float] = 60.0
    # SIGTERM would wait for every client to leave.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    # At once: writing down what a long test run left takes minutes.
    abandon_signal: ClassVar[signal.Signals] = signal.SIGQUIT

    def __init__(
        self,
        home: Path,
        kept_ports: Mapping[str, int],
        *,
        prefer_usual_ports: bool,
        password: str,
        password_is_new: bool,
        folder: Path | None,
    ) -> None:
        super().__init__(home, kept_ports, prefer_usual_ports=prefer_usual_ports)
        self._password = password
        self._password_is_new = password_is_new
        self._recorded_folder = folder
        self._place: Place | None = None
        self.folder = folder or self.folder

    @property
    def address(self) -> str:
        return self._address_of(DATABASE)

    def _address_of(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password}@{HOST}:{self.ports['postgres']}/{database}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def mark(self) -> str:
        return str(self._data)

    def prepare(self) -> None:
        self._place = place = find_place(self.home, self.home / self.name, self._recorded_folder)
        self.folder = place.folder
        self._end_orphans()
        self._remove_stale_lock()
        if not (self._data / "PG_VERSION").exists():
            self._make_data(place)
        elif self._password_is_new:
            self._set_password(place)
        self._password_is_new = False

    def _make_data(self, place: Place) -> None:
        """The folder appears under its name only when it is whole: initdb may be killed half-way."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        place.hand_over(unfinished)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, encoding="ascii") as password_file:
            password_file.write(self._password)
            password_file.flush()
            place.hand_over(Path(password_file.name))
            arguments = [
                f"--pgdata={unfinished}",
                f"--username={USER}",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # One collation everywhere: an order must not depend on the machine's languages.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
            ]
            self._run([str(place.programs / "initdb"), *arguments], place)
        unfinished.rename(self._data)

    def _set_password(self, place: Place) -> None:
        """stack.json is gone and the old password with it; the owner of the data may set a new one."""
        command = [str(place.programs / "postgres"), "--single", "-D", str(self._data), "postgres"]
        self._run(command, place, statement=f"ALTER ROLE {USER} PASSWORD '{self._password}'\n")

    def _run(self, command: Sequence[str], place: Place, statement: str = "") -> None:
        user = place.user
        try:
            done = subprocess.run(
                command,
                input=statement,
                env=self.environment(),
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=COMMAND_LIMIT_SECONDS,
                check=False,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServerFailed(f"{Path(command[0]).name} failed: {error}. {self._next_step()}") from error
        if done.returncode != 0:
            raise ServerFailed(
                f"{Path(command[0]).name} failed for {self._data} (exit code {done.returncode}): "
                f"{(done.stderr or done.stdout).strip()}\n{self._next_step()}"
            )

    def _end_orphans(self) -> None:
        """Children of a killed Postgres live on for a moment and hold its memory: a new one must wait."""
        orphans = [
            process
            for process in psutil.process_iter(["name", "cwd"])
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self._data.resolve())
        ]
        _, alive = psutil.wait_procs(orphans, timeout=ORPHANS_LIMIT_SECONDS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=ORPHANS_LIMIT_SECONDS)

    def _remove_stale_lock(self) -> None:
        """After a crash Postgres would refuse to start when its old pid is by now another program's."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def command(self) -> list[str]:
        assert self._place is not None, "prepare() comes first"
        settings = {**_SETTINGS, "port": str(self.ports["postgres"])}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._place.programs / "postgres"), "-D", str(self._data), *options]

    def environment(self) -> dict[str, str]:
        # PGDATA, PGPORT and the like of the person who starts it must not reach the server.
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}

    def user(self) -> ServiceUser | None:
        return self._place.user if self._place else None

    def ask(self) -> None:
        ask(self._address_of("postgres"))

    def after_start(self) -> None:
        """Make the database when it is not there yet."""
        import psycopg
        from psycopg import sql

        try:
            with psycopg.connect(self._address_of("postgres"), autocommit=True) as connection:
                known = connection.execute(
                    "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if known is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise ServerFailed(self._failure(f"cannot make the database {DATABASE}: {error}")) from error


def ask(url: str) -> None:
    """Ask a Postgres for 1. Raises NotAnswering."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=ANSWER_LIMIT_SECONDS) as connection:
            connection.execute(f"SET statement_timeout = '{ANSWER_LIMIT_SECONDS}s'")
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise NotAnswering(str(error).strip()) from error
