"""Why a value is not an event: broken (it cannot be read) or refused (it breaks a rule), as values.

The engine makes dead letters of them, a producer gets them as the error InvalidEvent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ValidationError

from events.errors import GroundswellError
from events.rules import shown


@dataclass(frozen=True, slots=True)
class Broken:
    """A record's value cannot be read at all.

    `code` is one of `empty`, `too_large`, `not_utf8`, `not_json`, `not_an_object`.
    """

    code: str
    reason: str

    kind: ClassVar[str] = "broken"
    field: ClassVar[None] = None

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Refused:
    """A record's value can be read and breaks a rule.

    `code` is one of `unknown_type`, `other_system`, `newer_version`, `missing_field`, `unknown_field`,
    `invalid_field`, `actor_missing`, `at_ahead`, or a rule's own (`invalid_distribution`); `field` is the
    path of the field at fault, as in `allowed_buckets.2`; `reason` a clause that goes on from the field's
    name.
    """

    code: str
    field: str
    reason: str

    kind: ClassVar[str] = "refused"

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class InvalidEvent(GroundswellError):
    """Correct the named field of the event; `groundswell events show TYPE` tells the rules of its fields."""

    code: ClassVar[str] = "invalid_event"

    def __init__(self, problem: Broken | Refused, *, type_name: str | None = None) -> None:
        self.problem = problem
        known = f"; see `groundswell events show {type_name}`" if type_name else ""
        super().__init__(f"{type_name or 'event'}: {problem}{known}")

    @property
    def field(self) -> str | None:
        """The path of the field at fault; None when the event cannot be read at all."""
        return self.problem.field


_CODES = {
    "extra_forbidden": "unknown_field",
    "missing": "missing_field",
    "nothing_given": "missing_field",
    "actor_missing": "actor_missing",
}
_REASONS = {"extra_forbidden": "is not a field of this type", "missing": "is missing"}
_NAME = re.compile(r"\w{1,60}", re.ASCII)


def refusal_of(error: ValidationError) -> Refused:
    """The first problem that a model found, in our own words."""
    problem: Any = error.errors(include_url=False, include_context=True)[0]
    # A rule may have a code of its own.
    code = problem.get("ctx", {}).get("code") or _CODES.get(problem["type"], "invalid_field")
    # A rule over several fields names the one at fault in its context.
    path = [*problem["loc"]] or [problem.get("ctx", {}).get("field", "event")]
    reason = _REASONS.get(problem["type"]) or _in_our_words(problem)
    return Refused(code, ".".join(_readable(part) for part in path), reason)


def _readable(part: str | int) -> str:
    # A field's name comes from outside: it may be long, or hold what no terminal and no table takes.
    return str(part) if isinstance(part, int) or _NAME.fullmatch(part) else shown(part)


def _in_our_words(problem: Any) -> str:
    message: str = problem["msg"]
    if problem["type"] == "string_unicode":
        return "must not hold a lone surrogate"
    if problem["type"] == "invalid_field" or problem["type"] in _CODES:
        return message
    return f"{message.replace('Input should be', 'must be')}, is {shown(problem['input'])}"
