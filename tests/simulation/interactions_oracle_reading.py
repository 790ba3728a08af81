"""The types of system 5, for its oracle."""

from typing import Final

from tests.simulation import oracle_fields as fields
from tests.simulation.oracle_envelope import Field, optional
from tests.simulation.oracle_event import EventType, EventTypes

TITLE_CHARACTERS_MAX: Final = 300
CHANNEL_CHARACTERS_MAX: Final = 40
BRANCHES_KEY: Final = "branches"
"""The key of all branches: one partition orders the whole forest."""
STATES: Final = ("resonance", "amplification")
"""What a user may do to an entry, and take back."""

_TITLE: Final = optional(fields.text_of(0, TITLE_CHARACTERS_MAX))
_TEXTS: Final = {"author": optional(fields.identifier), "title": _TITLE}
READING: Final = EventTypes(
    {
        "interactions.entry_created": EventType(_TEXTS, "entry_id"),
        "interactions.entry_changed": EventType(_TEXTS, "entry_id", one_of=("author", "title")),
        "interactions.entry_deleted": EventType({}, "entry_id"),
        **{
            f"interactions.{state}_{done}": EventType({}, "entry_id", needs_actor=True)
            for state in STATES
            for done in ("toggled", "added", "removed")
        },
        "interactions.entry_shared": EventType(
            {"channel": optional(fields.text_of(0, CHANNEL_CHARACTERS_MAX))}, "entry_id"
        ),
        "interactions.entry_branched": EventType(
            {"entry_id": Field(fields.identifier), "child_id": Field(fields.identifier), "title": _TITLE},
            constant_key=BRANCHES_KEY,
        ),
    }
)
"""All types of system 5."""
