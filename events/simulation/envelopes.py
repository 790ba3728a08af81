"""The fields that every simulated event has: an id of version 7 from the seed, and the time as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

Fields = dict[str, Any]
"""An event as JSON has it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_7: Final = 0x7000
_VARIANT: Final = 0x8000
_RANDOM_BITS: Final = 74


def envelopes(random: Random, system: str) -> Callable[[str, int], Fields]:
    """A function from a type's name without its system, and a time in milliseconds since 1970 that does not
    go back by much from call to call, to the fields that begin an event."""
    bits = random.getrandbits
    known_second = -1
    clock = ""

    def envelope(name: str, milliseconds: int) -> Fields:
        nonlocal known_second, clock
        second, millisecond = divmod(milliseconds, 1000)
        if second != known_second:
            known_second, clock = second, written_second(second)
        drawn = bits(_RANDOM_BITS)
        stamp = f"{milliseconds:012x}"
        return {
            "id": f"{stamp[:8]}-{stamp[8:]}-{_VERSION_7 | drawn & 0xFFF:04x}"
            f"-{_VARIANT | drawn >> 12 & 0x3FFF:04x}-{drawn >> 26:012x}",
            "type": f"{system}.{name}",
            "v": 1,
            "at": f"{clock}.{millisecond:03d}Z",
        }

    return envelope


def written_second(second: int) -> str:
    """A second since 1970 in UTC as RFC 3339, without its zone."""
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
