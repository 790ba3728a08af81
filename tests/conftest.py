"""Fixtures with the addresses of real servers: a local stack of the tests' own, or the environment's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from events.settings import SERVERS, settings, variable

if TYPE_CHECKING:
    from deploy.local_stack import LocalStack


NO_HOME = "/nonexistent/groundswell"


@pytest.fixture(autouse=True)
def _nobody_elses_servers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test never finds the developer's own stack by accident: its addresses come from these fixtures."""
    monkeypatch.setenv(variable("home"), NO_HOME)
    if "stack" not in request.fixturenames:
        for name in SERVERS:
            monkeypatch.delenv(variable(name), raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _nobody_elses_logging() -> Iterator[None]:
    """A command run in the process of a test may set logging up, to warnings alone: not for the next test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The servers of this test session: started in a folder of their own, with ports of their own.

    A server whose address is in the environment (GROUNDSWELL_KAFKA, ...) is used as it is and never stopped.
    """
    from deploy.local_stack import LocalStack
    from deploy.local_stack.guard import start_guard

    home = tmp_path_factory.mktemp("stack") / "home"
    # The guard stops and wipes the stack at the end of the session, also when that is a kill -9.
    guard = start_guard(home)
    try:
        local_stack = LocalStack(home, prefer_usual_ports=False)
        local_stack.up()
        yield local_stack
    finally:
        guard.communicate()


@pytest.fixture
def kafka(stack: LocalStack) -> str:
    """Kafka's `host:port`. One broker serves the whole session: give topics a prefix of the test's own."""
    return stack.addresses.kafka


@pytest.fixture
def postgres(stack: LocalStack) -> Iterator[str]:
    """The URL of an empty database, made for this test and dropped after it, open connections or not."""
    with _empty_database(stack.addresses.postgres) as url:
        yield url


@pytest.fixture(scope="module")
def shared_postgres(stack: LocalStack) -> Iterator[str]:
    """The URL of a database that the tests of one module share: each leaves it as it found it."""
    with _empty_database(stack.addresses.postgres) as url:
        yield url


@contextmanager
def _empty_database(administrator: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield _with_database(administrator, name)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def redis(stack: LocalStack) -> str:
    """The URL of Redis (Valkey). One server for the whole session: give keys a prefix of the test's own."""
    return stack.addresses.redis


def _with_database(url: str, name: str) -> str:
    current = conninfo_to_dict(url).get("dbname")
    assert current, f"{variable('postgres')} must name a database: postgresql://.../name"
    head, separator, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{separator}{query}"
