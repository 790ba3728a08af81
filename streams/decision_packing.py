"""How many entries of a decision go into one event: as many as its size and its type allow."""

from collections.abc import Iterable
from typing import Final, TypeVar

from pydantic import BaseModel

from events.codec import EVENT_BYTES_MAX

PART_BYTES_MAX: Final = EVENT_BYTES_MAX - 1_024
"""What the entries of one part may take; the rest is for the envelope."""

Entry = TypeVar("Entry", bound=BaseModel)


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
