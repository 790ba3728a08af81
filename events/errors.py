"""The errors that Groundswell raises on purpose, under one root class.

A message says what went wrong, with which value, and what to do next; the docstring of a class says what to
do about that kind of error in general. `code` is stable and meant for programs; `exit_code` is the command
line's.
"""

from __future__ import annotations

from typing import ClassVar


class GroundswellError(Exception):
    """Read the message: it names the value and the next step. Anything not below this class is a bug."""

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1


class WrongUsage(GroundswellError):
    """Correct the argument, option or environment variable that the message names; see `--help`."""

    code: ClassVar[str] = "wrong_usage"
    exit_code: ClassVar[int] = 2


class ServerUnreachable(GroundswellError):
    """Start the local stack with `groundswell up`, or correct the address that the message names."""

    code: ClassVar[str] = "server_unreachable"
    exit_code: ClassVar[int] = 3


class DifferenceFound(GroundswellError):
    """A check found something that is not as it must be; each finding on stdout says what to do about it."""

    code: ClassVar[str] = "difference_found"
    exit_code: ClassVar[int] = 4
