"""A server's process: found again, never mistaken for another, stopped for certain."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local_stack import daemon
from deploy.local_stack.daemon import Daemon, mark_of

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
IGNORE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
STUBBORN = [sys.executable, "-c", f"{IGNORE}; print('deaf', flush=True); time.sleep(60)"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Daemon]:
    one = Daemon("sleeper", tmp_path)
    yield one
    one.stop(signal.SIGKILL, 5)


def start(server: Daemon, command: list[str], first_line: str) -> int:
    server.start(command, folder=server.pid_file.parent, environment=dict(os.environ))
    while first_line not in server.last_log_lines(20):
        assert server.pid() is not None
    pid = server.pid()
    assert pid is not None
    return pid


def test_another_object_finds_the_process_again(server: Daemon, tmp_path: Path) -> None:
    pid = start(server, SLEEPER, "awake")
    assert Daemon("sleeper", tmp_path).pid() == pid


def test_it_runs_in_a_session_of_its_own(server: Daemon) -> None:
    pid = start(server, SLEEPER, "awake")
    assert os.getsid(pid) == pid


def test_it_has_ended_when_stop_returns(server: Daemon) -> None:
    pid = start(server, SLEEPER, "awake")
    assert server.stop(signal.SIGTERM, 5)
    assert server.pid() is None
    assert mark_of(pid) is None
    assert not server.pid_file.exists()


def test_it_is_killed_when_it_does_not_listen(server: Daemon) -> None:
    start(server, STUBBORN, "deaf")
    assert not server.stop(signal.SIGTERM, 0.2)
    assert server.pid() is None


def test_a_stopped_process_is_continued_so_that_it_can_end(server: Daemon) -> None:
    start(server, SLEEPER, "awake")
    server.send(signal.SIGSTOP)
    assert server.stop(signal.SIGTERM, 5)


def test_a_killed_child_is_seen_as_ended_by_its_parent(server: Daemon) -> None:
    start(server, SLEEPER, "awake")
    server.send(signal.SIGKILL)
    assert server.wait_for_end(5)


def test_a_pid_that_was_used_again_is_left_alone(server: Daemon, tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        mark = mark_of(stranger.pid)
        assert mark is not None
        old = {"pid": mark.pid, "started_ticks": mark.started_ticks - 1, "boot": mark.boot}
        server.pid_file.write_text(json.dumps(old), encoding="ascii")
        assert server.pid() is None
        assert not server.send(signal.SIGKILL)
        assert server.stop(signal.SIGKILL, 1)
        assert stranger.poll() is None
        stranger.kill()


def test_a_pid_of_an_earlier_boot_is_left_alone(server: Daemon) -> None:
    mark = mark_of(os.getpid())
    assert mark is not None
    server.pid_file.write_text(
        json.dumps({"pid": mark.pid, "started_ticks": mark.started_ticks, "boot": "another"}),
        encoding="ascii",
    )
    assert server.pid() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "colour": 2}'])
def test_a_broken_pid_file_means_not_running(server: Daemon, content: str) -> None:
    server.pid_file.write_text(content, encoding="ascii")
    assert server.pid() is None


def test_a_process_whose_pid_file_was_lost_is_adopted(server: Daemon, tmp_path: Path) -> None:
    mark = str(tmp_path / "settings")
    pid = start(server, [*SLEEPER, mark], "awake")
    server.pid_file.unlink()
    assert server.pid() is None
    server.adopt(str(tmp_path / "other settings"))
    assert server.pid() is None
    server.adopt(mark)
    assert server.pid() == pid


def test_the_last_log_lines_are_those_of_this_start(server: Daemon) -> None:
    server.log_file.parent.mkdir()
    server.log_file.write_text("of the last time\n")
    start(server, SLEEPER, "awake")
    assert server.last_log_lines(20) == ["awake"]


def test_a_large_log_is_put_aside(server: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "LOG_BYTES_MAX", 10)
    server.log_file.parent.mkdir()
    server.log_file.write_text("more than ten bytes\n")
    start(server, SLEEPER, "awake")
    assert server.log_file.with_suffix(".log.1").read_text() == "more than ten bytes\n"
