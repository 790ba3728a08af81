"""What a person has achieved, as a sentence that a person reads."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

ACHIEVEMENTS_SHOWN_MAX: Final = 5


def impact_sentence(
    actions: int, ripples_joined: int, waves: int, achievements: Mapping[str, Decimal]
) -> str:
    """For example "15 kg of litter removed, 8 local businesses supported: 23 actions in 2 waves."

    ``achievements`` is unit -> summed quantity. The largest come first; those of nothing are left out.
    """
    done = f"{counted(actions, 'action')} in {counted(waves, 'wave')}"
    if actions == 0 and ripples_joined == 0:
        return "No actions yet."
    if actions == 0:
        return f"{counted(ripples_joined, 'ripple')} joined in {counted(waves, 'wave')}, no actions yet."
    largest = sorted(
        ((unit, quantity) for unit, quantity in achievements.items() if quantity > 0),
        key=lambda achieved: (-achieved[1], achieved[0]),
    )
    if not largest:
        return f"{done}."
    named = [f"{plain(quantity)} {unit}" for unit, quantity in largest[:ACHIEVEMENTS_SHOWN_MAX]]
    if more := len(largest) - len(named):
        named.append(f"and {counted(more, 'more achievement')}")
    return f"{', '.join(named)}: {done}."


def counted(number: int, noun: str) -> str:
    """ "1 wave", "2,000 waves"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(quantity: Decimal) -> str:
    """Without an exponent and without zeros at the end, thousands apart: "15", "1,500.25"."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
