"""A server's port: the wanted one when it is free, else one that stays free while the server restarts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local_stack.ports import FIRST_PORT, HOST, choose, is_free


@pytest.fixture(params=[HOST, "0.0.0.0"])
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server((request.param, 0)) as listener:
        yield listener.getsockname()[1]


def test_the_wanted_port_is_chosen_when_it_is_free() -> None:
    free = choose(None)
    assert choose(free) == free


def test_another_one_is_chosen_when_somebody_listens_there(taken_port: int) -> None:
    assert not is_free(taken_port)
    assert is_free(choose(taken_port))


def test_no_port_is_chosen_twice() -> None:
    first = choose(None)
    assert choose(first, {first}) != first


def test_it_is_never_a_port_that_outgoing_connections_are_given() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if first_outgoing <= FIRST_PORT:
        pytest.skip(f"this machine gives outgoing connections ports from {first_outgoing} on")
    assert all(FIRST_PORT <= choose(None) < first_outgoing for _ in range(50))


def test_a_port_whose_last_connection_was_just_closed_is_free() -> None:
    port = choose(None)
    with socket.create_server((HOST, port)) as listener:
        client = socket.create_connection((HOST, port))
        served, _ = listener.accept()
        # The side that closes first keeps the pair of ports for a minute.
        served.close()
        client.close()
    assert is_free(port)
