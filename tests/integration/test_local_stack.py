"""The local stack with real servers: started, killed, robbed of its ports, run by other users, wiped."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local_stack import LocalStack
from deploy.local_stack.doctor import examine
from deploy.local_stack.guard import start_guard
from deploy.local_stack.kafka import jars_folder
from deploy.local_stack.ports import HOST, choose
from events.errors import ServerUnreachable, WrongUsage
from events.settings import SERVERS, Settings, load_settings

PROJECT = Path(__file__).parents[2]
COMMAND_LIMIT_SECONDS = 120
NOBODY = "nobody"


def command(home: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=PROJECT,
        env={**os.environ, "GROUNDSWELL_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A stack of this module's own, since it is killed and robbed; two commands make it at the same time."""
    folder = tmp_path_factory.mktemp("own stack") / "home"
    guard = start_guard(folder)
    try:
        # Another runner's two would take the usual ports away between the answers of these.
        with (tmp_path_factory.getbasetemp().parent / "usual ports").open("w") as usual_ports:
            fcntl.flock(usual_ports, fcntl.LOCK_EX)
            ups = [command(folder, "up", "--json") for _ in range(2)]
            outcomes = [up.communicate(timeout=COMMAND_LIMIT_SECONDS) for up in ups]
        assert [up.returncode for up in ups] == [0, 0], outcomes
        assert json.loads(outcomes[0][0]) == json.loads(outcomes[1][0])
        yield folder
    finally:
        guard.communicate()


@pytest.fixture
def own_stack(home: Path) -> LocalStack:
    one = LocalStack(home, prefer_usual_ports=False)
    one.up()
    return one


def pids(stack: LocalStack) -> dict[str, int | None]:
    return {status.name: status.pid for status in stack.status()}


def test_a_second_up_changes_nothing(own_stack: LocalStack) -> None:
    before = pids(own_stack), own_stack.addresses
    lines: list[str] = []
    own_stack.up(lines.append)
    assert (pids(own_stack), own_stack.addresses) == before
    assert [line for line in lines if "runs already" in line] == lines


def test_every_server_listens_on_the_loopback_only(own_stack: LocalStack) -> None:
    for name, pid in pids(own_stack).items():
        listening = {
            connection.laddr.ip.removeprefix("::ffff:")
            for connection in psutil.Process(pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {HOST}, name


def test_the_addresses_are_where_the_settings_look(
    own_stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(own_stack.home))
    found = load_settings()
    assert (found.kafka, found.postgres, found.redis) == (
        own_stack.addresses.kafka,
        own_stack.addresses.postgres,
        own_stack.addresses.redis,
    )
    assert found.partitions == 4


def test_postgres_asks_for_the_password(own_stack: LocalStack) -> None:
    secret = psycopg.conninfo.conninfo_to_dict(own_stack.addresses.postgres)["password"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(own_stack.addresses.postgres.replace(str(secret), "wrong"))


async def test_what_is_acknowledged_is_there_after_a_kill(own_stack: LocalStack) -> None:
    kafka, postgres = own_stack.addresses.kafka, own_stack.addresses.postgres
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all", compression_type="zstd") as producer:
        await producer.send_and_wait("kept", b"once")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS once")

    killed = pids(own_stack)
    for name in SERVERS:
        own_stack.kill(name, signal.SIGKILL)
    assert not [status for status in own_stack.status() if status.answers]
    own_stack.up()

    assert not set(pids(own_stack).values()) & set(killed.values())
    assert own_stack.addresses.kafka == kafka, "a port is kept when it is still free"
    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT once FROM kept").fetchone() == (1,)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer.assign([TopicPartition("kept", 0)])
    async with consumer:
        assert (await consumer.getone()).value == b"once"


def test_an_old_pid_in_postgres_own_lock_does_not_stop_it(own_stack: LocalStack) -> None:
    """After a restart of the machine the old pid may be any other program's, for example this one's."""
    folder = Path(json.loads((own_stack.home / "stack.json").read_text())["postgres_folder"])
    lock = folder / "data" / "postmaster.pid"
    content = lock.read_text().splitlines()
    own_stack.kill("postgres")
    lock.write_text("\n".join([str(os.getpid()), *content[1:]]) + "\n")
    own_stack.start("postgres")


def test_a_server_whose_port_was_taken_finds_another(own_stack: LocalStack) -> None:
    before = own_stack.addresses.redis
    own_stack.stop("redis")
    with socket.create_server((HOST, int(before.rpartition(":")[2]))):
        own_stack.up()
        assert own_stack.addresses.redis != before
        assert redis.Redis.from_url(own_stack.addresses.redis).ping()
    other = own_stack.addresses.redis
    own_stack.restart("redis")
    assert own_stack.addresses.redis == other, "the new port is kept from then on"


def test_a_stopped_server_is_silent_until_it_is_continued(own_stack: LocalStack) -> None:
    own_stack.kill("postgres", signal.SIGSTOP)
    assert [status.name for status in own_stack.status() if not status.answers] == ["postgres"]
    own_stack.kill("postgres", signal.SIGCONT)
    assert all(status.answers for status in own_stack.status())


def test_without_its_file_the_stack_is_found_again_with_its_data(own_stack: LocalStack) -> None:
    with psycopg.connect(own_stack.addresses.postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE found_again ()")
    (own_stack.home / "stack.json").unlink()
    own_stack.up()
    with psycopg.connect(own_stack.addresses.postgres) as connection:
        connection.execute("SELECT FROM found_again")


def test_without_their_pid_files_the_servers_are_found_again(own_stack: LocalStack) -> None:
    before = pids(own_stack)
    for name in ("kafka", "postgres"):
        (own_stack.home / f"{name}.pid").unlink()
    own_stack.up()
    assert pids(own_stack) == before


def test_a_failed_start_says_which_server_why_and_what_to_do(own_stack: LocalStack) -> None:
    own_stack.stop("kafka")
    up = command(own_stack.home, "up", JAVA_TOOL_OPTIONS="-XX:+NoSuchFlag")
    said = up.communicate(timeout=COMMAND_LIMIT_SECONDS)[1]
    assert up.returncode == 3
    for part in ("Kafka ended while it was starting", "NoSuchFlag", "kafka.log", "What to do:"):
        assert part in said
    assert [status.name for status in own_stack.status() if not status.answers] == ["kafka"]


def test_a_named_server_is_used_and_left_alone(
    own_stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SERVERS:
        monkeypatch.setenv(f"GROUNDSWELL_{name.upper()}", getattr(own_stack.addresses, name))
    guest = LocalStack(tmp_path / "home")
    assert guest.up() == own_stack.addresses
    with pytest.raises(WrongUsage, match="unset GROUNDSWELL_REDIS"):
        guest.stop("redis")
    guest.down(wipe=True)
    assert {(status.source, status.answers) for status in guest.status()} == {("environment", True)}

    monkeypatch.setenv("GROUNDSWELL_REDIS", f"redis://{HOST}:{choose(None)}")
    with pytest.raises(ServerUnreachable, match="address in GROUNDSWELL_REDIS does not answer"):
        LocalStack(tmp_path / "home").up()


async def test_the_doctor_finds_topics_that_would_lose_events(own_stack: LocalStack) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=own_stack.addresses.kafka)
    await admin.start()
    wrong = {"retention.ms": "1000", "cleanup.policy": "compact"}
    await admin.create_topics([NewTopic("sick.actions", 1, 1, topic_configs=wrong)])
    await admin.close()

    checks = examine_in_thread(Settings(home=own_stack.home, topic_prefix="sick"))
    assert {check for check, advice in checks.items() if advice} - {"versions of packages"} == {
        "settings of sick.actions"
    }
    advice = checks["settings of sick.actions"] or ""
    assert "topic sick.actions" in advice
    assert {"retention.ms=-1", "cleanup.policy=delete", "retention.bytes=-1"} & set(
        advice.replace(",", " ").split()
    ) == {"retention.ms=-1", "cleanup.policy=delete"}


def examine_in_thread(settings: Settings) -> dict[str, str | None]:
    with ThreadPoolExecutor(1) as pool:
        return {check.check: check.advice for check in pool.submit(lambda: list(examine(settings))).result()}


def test_under_root_postgres_runs_as_a_user_without_rights(own_stack: LocalStack) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root needs another user for Postgres, and this is not root")
    status = psutil.Process(pids(own_stack)["postgres"])
    assert status.uids().effective != 0
    folder = Path(json.loads((own_stack.home / "stack.json").read_text())["postgres_folder"])
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder that belongs to an ordinary user, with the jars that are here already."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root with setpriv can become another user")
    entry = pwd.getpwnam(NOBODY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jars = jars_folder(folder)
        shutil.copytree(jars, folder / "cache" / "groundswell" / jars.name)
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, entry.pw_uid, entry.pw_gid)
        yield folder


def test_another_user_has_a_stack_of_their_own(own_stack: LocalStack, nobodys_folder: Path) -> None:
    entry = pwd.getpwnam(NOBODY)
    home = nobodys_folder / "home"
    become = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "GROUNDSWELL_HOME": str(home),
        "XDG_CACHE_HOME": str(nobodys_folder / "cache"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*become, sys.executable, *arguments],
            cwd=nobodys_folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT_SECONDS,
            check=False,
        )

    if run("-c", "import deploy.cli").returncode != 0:
        pytest.skip(f"{NOBODY} may not read the project in {PROJECT} or its environment")
    try:
        up = run("-m", "deploy.cli", "up", "--json")
        assert up.returncode == 0, up.stderr
        servers = json.loads(up.stdout)["servers"]
        owners = {psutil.Process(server["pid"]).uids().effective for server in servers.values()}
        assert owners == {entry.pw_uid}
        assert {server["address"] for server in servers.values()}.isdisjoint(
            asdict(own_stack.addresses).values()
        )
    finally:
        down = run("-m", "deploy.cli", "down", "--wipe")
    assert down.returncode == 0, down.stderr
    assert [path.name for path in home.iterdir()] == ["lock"]


def test_wiping_leaves_nothing(own_stack: LocalStack) -> None:
    """The last test of this file: the next one would start afresh."""
    running = [psutil.Process(pid) for pid in pids(own_stack).values()]
    folder = Path(json.loads((own_stack.home / "stack.json").read_text())["postgres_folder"])
    down = command(own_stack.home, "down", "--wipe")
    said = down.communicate(timeout=COMMAND_LIMIT_SECONDS)[1]
    assert down.returncode == 0
    assert [line for line in said.splitlines() if line.endswith("stopped")] == [
        "Kafka stopped",
        "Postgres stopped",
        "Valkey stopped",
    ]
    psutil.wait_procs(running, timeout=1)
    assert not [process for process in running if process.is_running()]
    assert [path.name for path in own_stack.home.iterdir()] == ["lock"]
    assert not folder.exists()
