"""What a rule about a field's value must offer, and how it says no.

A rule checks a value as Python or JSON gives it (a time as `datetime` or as text, a decimal as `Decimal` or
as a number), tells its JSON Schema, and names its `hot_type`: what the fast decoder may take at once. A hot
type may be narrower than the rule, never wider: what it turns away, the rule itself decides. `hot_screen` is
for what the fast decoder cannot see by type alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from pydantic_core import PydanticCustomError

COUNT_MAX = 2**63 - 1
SHOWN_CHARACTERS_MAX = 60


class NotHot(Exception):
    """This value needs the full check; never leaves the codec."""


@runtime_checkable
class Rule(Protocol):
    """What the metadata of an annotated type must offer for the fast decoder to read the type."""

    def hot_type(self, inner: Any) -> Any:
        """The msgspec type of a field whose type is `inner`; a subset of what the rule accepts."""

    def hot_screen(self) -> Callable[[Any], Any] | None:
        """What to put a fast decoded value through: the final value comes back, or NotHot is raised.

        It meets neither null nor a field left out.
        """


def invalid(reason: str, code: str = "invalid_field") -> PydanticCustomError:
    """The refusal of a field's value: one clause that says the rule and the value."""
    # Braces would be read as placeholders of the template.
    return PydanticCustomError("invalid_field", "{reason}", {"reason": reason, "code": code})


def shown(value: object) -> str:
    """A value for a message: as Python writes it, cut to 60 characters, always printable ASCII or letters."""
    if isinstance(value, (str, bytes)):
        cut = value[:SHOWN_CHARACTERS_MAX]
        return repr(cut) + ("..." if len(value) > len(cut) else "")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > COUNT_MAX:
        return f"a whole number of {value.bit_length()} bits"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[:SHOWN_CHARACTERS_MAX] + "..."
