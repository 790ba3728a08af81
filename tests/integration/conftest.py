"""Places that several files of tests start from. A settled one takes ten seconds, a copy of it a moment."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local_stack import LocalStack
from tests.integration.generations_setting import copied, settled_place
from tests.integration.worker_process import Place, Supervised, supervised


@pytest.fixture
def place(kafka: str, postgres: str, redis: str, tmp_path: Path) -> Place:
    """Empty, for one test."""
    return Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home")


@pytest.fixture
def worker(place: Place, tmp_path: Path) -> Iterator[Supervised]:
    """It folds what is published at the test's place."""
    with supervised(place, tmp_path / "worker.log") as started:
        yield started


@pytest.fixture(scope="session")
def settled(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """All is folded and closed, and no worker runs: only to be copied."""
    with settled_place(stack, tmp_path_factory.mktemp("settled")) as place:
        yield place


@pytest.fixture
def settled_copy(settled: Place) -> Iterator[Place]:
    """Its tables for one test, over the same log: no worker may run here, it would append to the log."""
    with copied(settled) as place:
        yield place
