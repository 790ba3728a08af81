"""A place that several files of tests start from: making it takes ten seconds, copying it a moment."""

from collections.abc import Iterator

import pytest

from deploy.local_stack import LocalStack
from tests.integration.generations_setting import copied, settled_place
from tests.integration.worker_process import Place


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
