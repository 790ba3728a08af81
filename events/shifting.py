"""Moves events in time, as a whole: what happened long ago is told as if its last event were now."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import get_args

import msgspec

from events.catalogue import Catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.instants import InstantRule
from events.refusals import Broken, Refused
from events.structs import EventStruct

HOUR = timedelta(hours=1)


class Shift:
    """Adds `by` to every instant of an event; to whole hours as many whole hours as there are in it."""

    def __init__(self, catalogue: Catalogue, by: timedelta) -> None:
        self.by = by
        self._catalogue = catalogue
        self._codec = Codec(catalogue)

    def moved(self, event: EventStruct) -> EventStruct | Refused | Broken:
        """The same event, with the same id, at another time; or why it cannot be at that time."""
        instants, whole_hours = _times(self._catalogue[event.type])
        try:
            moved = _with(event, instants, self.by)
            outcome = self._codec.decode(encode(_with(moved, whole_hours, self.by // HOUR * HOUR)))
            if whole_hours and not isinstance(outcome, EventStruct):
                # An hour that was just near enough may now be too far off: then the next one is not.
                outcome = self._codec.decode(encode(_with(moved, whole_hours, -(-self.by // HOUR) * HOUR)))
        except OverflowError:
            return Refused("invalid_field", "at", f"cannot be moved by {self.by}: there is no such time")
        return outcome


def _with(event: EventStruct, names: tuple[str, ...], by: timedelta) -> EventStruct:
    times = {name: getattr(event, name) for name in names}
    return msgspec.structs.replace(
        event, **{name: time + by for name, time in times.items() if isinstance(time, datetime)}
    )


@cache
def _times(model: type[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a type's fields that are instants, and of those that are whole hours."""
    rules = {
        name: [
            rule for rule in (*field.metadata, *_metadata(field.annotation)) if isinstance(rule, InstantRule)
        ]
        for name, field in model.model_fields.items()
    }
    instants = tuple(name for name, found in rules.items() if found and not found[0].whole_hour)
    whole_hours = tuple(name for name, found in rules.items() if found and found[0].whole_hour)
    return instants, whole_hours


def _metadata(annotation: object) -> list[object]:
    """The rules within a type such as `Instant | None`."""
    return [item for choice in get_args(annotation) for item in getattr(choice, "__metadata__", ())]
