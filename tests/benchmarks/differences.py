"""Compares what a contestant holds with what the input comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DIFFERENCES_SHOWN_MAX: Final = 3


def differences(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> tuple[str, ...]:
    """One line about each of the first keys whose values differ, and one that counts the others."""
    wrong = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
    lines = [
        f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}"
        for key in wrong[:DIFFERENCES_SHOWN_MAX]
    ]
    if len(wrong) > DIFFERENCES_SHOWN_MAX:
        lines.append(f"{what}: {len(wrong) - DIFFERENCES_SHOWN_MAX} further keys differ")
    return tuple(lines)
