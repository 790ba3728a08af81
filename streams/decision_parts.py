"""A decision about an hour is folded part by part, in any order; it counts once all its parts are here."""

from typing import Protocol

from events.decisions import Decision, forged
from streams.folding import Duplicate, Refused


class HourRow(Protocol):
    """What is known of the decision about an hour: the row of a state table."""

    @property
    def parts(self) -> int: ...

    @property
    def folded(self) -> tuple[int, ...]:
        """The numbers of the parts folded so far, in order."""
        ...


def refuse_forged(event: Decision) -> None:
    """Raises Refused unless the engine made the decision."""
    if (refused := forged(event)) is not None:  # type: ignore[arg-type]
        raise Refused(refused.code, str(refused))


def folded_with(event: Decision, known: HourRow | None) -> tuple[tuple[int, ...], bool]:
    """The parts folded once this one is, and whether these are all.

    Raises Duplicate where the part is known, Refused where it is not a part of the decision that is known.
    """
    refuse_forged(event)
    folded = () if known is None else known.folded
    if event.part in folded:
        raise Duplicate
    parts = event.parts if known is None else known.parts
    if event.parts != parts or event.part >= event.parts:
        reason = f"part {event.part} of {event.parts} does not fit a decision of {parts} parts"
        raise Refused("not_a_decision", reason)
    folded = tuple(sorted((*folded, event.part)))
    return folded, len(folded) == parts
