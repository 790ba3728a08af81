"""How much there is of what in a simulation: each system's world says it, with limits and help."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, Self

from events.simulation.limits import check_number
from events.simulation.traffic import Traffic

_SIZE: Final = "size"


@dataclass(frozen=True, slots=True)
class Size:
    """A number that a world is given: the option that asks people for it, its help, and its limits."""

    name: str
    option: str
    help_text: str
    default: float
    at_least: float
    at_most: float

    @classmethod
    def of(cls, field: Field[Any]) -> Self:
        """What `size` said of a field."""
        said = dict(field.metadata[_SIZE])
        option = said.pop("option") or f"--{field.name.replace('_', '-')}"
        return cls(field.name, option, **said)


def size(
    default: float, at_most: float, help_text: str, *, at_least: float = 1, option: str | None = None
) -> Any:
    """A field of a world, with its limits, both included. The option is named as the field unless told."""
    said = {
        "option": option, "help_text": help_text, "default": default, "at_least": at_least, "at_most": at_most
    }  # fmt: skip
    return field(default=default, metadata={_SIZE: said})


@dataclass(frozen=True)
class World(ABC):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    traffic: Traffic

    def __post_init__(self) -> None:
        self.check()
        self.traffic.check_room(self.announcements)

    def check(self) -> None:
        """Raises WrongUsage for a size beyond its limits; a world adds what must go together."""
        for one in self.sizes():
            check_number(one.name.replace("_", " "), getattr(self, one.name), one.at_least, one.at_most)

    @classmethod
    def sizes(cls) -> Iterator[Size]:
        """The numbers that it is given, in their order."""
        return (Size.of(one) for one in fields(cls) if _SIZE in one.metadata)

    @property
    @abstractmethod
    def places(self) -> int:
        """How many things, each met as often as its place is popular, the traffic is about at a time."""

    @property
    def announcements(self) -> int:
        """Events that announce what there is: one for each place where nothing else is announced."""
        return self.places
