"""A worker that is asked to stop ends cleanly, whatever has become of Redis."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from deploy.local_stack import LocalStack
from deploy.local_stack.valkey import Valkey
from tests.integration.test_supervisor import publish
from tests.integration.worker_process import WAIT_SECONDS_MAX, Place, own_place, supervised, until


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of this test's own."""
    server = Valkey(tmp_path, {}, prefer_usual_ports=False)
    server.start()
    yield server
    server.daemon.send(signal.SIGCONT)
    server.stop()


@pytest.fixture
def place(stack: LocalStack, valkey: Valkey, tmp_path: Path) -> Iterator[Place]:
    with own_place(stack, tmp_path / "home") as found:
        yield replace(found, redis=valkey.address)


def test_a_worker_ends_while_redis_does_not_answer(place: Place, valkey: Valkey, tmp_path: Path) -> None:
    """Redis takes connections and says nothing, which is harder than one that is away. What is folded is
    committed, and the process ends by itself."""
    with supervised(place, tmp_path / "worker.log") as worker:
        publish(place, range(10))
        worker.until_read(10)
        with Redis.from_url(place.redis) as client:
            until("Redis is filled", lambda: bool(client.get("actions:generation")), worker)
        assert valkey.daemon.send(signal.SIGSTOP)
        publish(place, range(10, 20))
        worker.until_read(20)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(WAIT_SECONDS_MAX) == 0, worker.said
        assert '"worker_stopped"' in worker.said
