"""How a decision becomes events: as many entries in each as its size and its type allow."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from events.codec import EVENT_BYTES_MAX
from events.decisions import Decision, decision_id

PART_BYTES_MAX: Final = EVENT_BYTES_MAX - 1_024
"""What the entries of one part may take; the rest is for the envelope."""

Entry = TypeVar("Entry", bound=BaseModel)
Made = TypeVar("Made", bound=Decision)


def packed(entries: Iterable[Entry], entries_max: int) -> list[list[Entry]]:
    """The entries in their order, in parts of at most ``entries_max``; without entries one part of none."""
    parts: list[list[Entry]] = [[]]
    room = PART_BYTES_MAX
    for entry in entries:
        size = len(entry.model_dump_json().encode()) + 1
        if size > room or len(parts[-1]) == entries_max:
            parts.append([])
            room = PART_BYTES_MAX
        parts[-1].append(entry)
        room -= size
    return parts


def in_parts(model: type[Made], nominal_time: datetime, parts: Sequence[Mapping[str, Any]]) -> list[Made]:
    """The events of a decision of that type: one for each part, given by the fields of its own."""
    return [
        model.new(
            id=decision_id(model.type_name(), nominal_time, part),
            at=nominal_time,
            actor_type="system",
            part=part,
            parts=len(parts),
            **fields,
        )
        for part, fields in enumerate(parts)
    ]
