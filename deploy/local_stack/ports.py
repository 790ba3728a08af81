"""Which port a server of the local stack listens on."""

from __future__ import annotations

import random
import socket
from collections.abc import Container
from pathlib import Path

from events.errors import GroundswellError

HOST = "127.0.0.1"
FIRST_PORT = 20_000
TRIES_MAX = 200


class NoFreePort(GroundswellError):
    """Close programs that hold local ports, or name a server in the environment instead."""

    code = "no_free_port"
    exit_code = 3


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on this address or on all."""
    for host in (HOST, "0.0.0.0"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            # As the servers do: a connection closed a moment ago does not keep the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError:
                return False
    return True


def choose(wanted: int | None, taken: Container[int] = ()) -> int:
    """`wanted` when it is free, else any free port that is not in `taken`. Raises NoFreePort."""
    if wanted is not None and wanted not in taken and is_free(wanted):
        return wanted
    last_port = _first_outgoing_port() - 1
    for _ in range(TRIES_MAX):
        port = random.randint(FIRST_PORT, last_port)
        if port not in taken and is_free(port):
            return port
    raise NoFreePort(
        f"no free port found on {HOST} between {FIRST_PORT} and {last_port} in {TRIES_MAX} tries: "
        f"close programs that listen there"
    )


def _first_outgoing_port() -> int:
    """Where the system's ports for outgoing connections begin.

    A server must listen below: a client that keeps asking for a port of that range while its server restarts
    can be given the very same port as its own, connect to itself, and hold the port for good.
    """
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
    return first if first > FIRST_PORT + TRIES_MAX else 65_536
