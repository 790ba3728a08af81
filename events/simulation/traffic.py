"""How much happens, when, and in which disorder it arrives: what the simulations of all systems share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from events.errors import WrongUsage
from events.instants import EARLIEST, LATEST
from events.simulation.limits import check_number

EVENTS_MAX: Final = 1_000_000_000
SPAN_MAX: Final = timedelta(days=3_660)
BURSTS_MAX: Final = 1_000
EXPONENT_MAX: Final = 3.0
SHARE_MAX: Final = 0.5


@dataclass(frozen=True)
class Traffic:
    """What a simulation is told about its events, whatever the system.

    `events` counts each event once, the doubles come on top. All happen from `begin` (included) to `end`
    (not included), both with zone. `exponent`: the second most popular thing is met 2^-exponent times as
    often as the first, the third 3^-exponent times. `bursts`: how many things take off for a while. `late`,
    `double` and `retracted` are shares from 0 to 0.5: of the events after the announcements, those that
    arrive after younger ones; of all events, those that arrive twice; of the events after the announcements,
    those that take another one back. Raises WrongUsage for what is beyond the limits.
    """

    events: int
    begin: datetime
    end: datetime
    exponent: float = 1.0
    bursts: int = 3
    late: float = 0.0
    double: float = 0.0
    retracted: float = 0.0

    def __post_init__(self) -> None:
        check_number("events", self.events, 1, EVENTS_MAX)
        check_number("exponent", self.exponent, 0, EXPONENT_MAX)
        check_number("bursts", self.bursts, 0, BURSTS_MAX)
        for name, share in (("late", self.late), ("double", self.double), ("retracted", self.retracted)):
            check_number(name, share, 0, SHARE_MAX)
        self._check_times()

    def _check_times(self) -> None:
        if not EARLIEST <= self.begin <= LATEST - SPAN_MAX:
            raise WrongUsage(
                f"the first event must happen from {EARLIEST.isoformat()} to "
                f"{(LATEST - SPAN_MAX).isoformat()}, is to happen at {self.begin.isoformat()}: "
                "give another time"
            )
        if not timedelta(0) < self.end - self.begin <= SPAN_MAX:
            raise WrongUsage(
                f"the time from {self.begin.isoformat()} to {self.end.isoformat()} must be more than 0 and "
                f"at most {SPAN_MAX.days:,} days, is {self.end - self.begin}: give other times"
            )

    def check_room(self, announcements: int) -> None:
        """Raises WrongUsage when not even the announcements fit into the events."""
        if self.events < announcements:
            raise WrongUsage(
                f"{self.events:,} events are too few: the announcements alone are {announcements:,}; "
                "ask for more events or a smaller world"
            )

    @property
    def begin_milliseconds(self) -> int:
        """Since 1970 in UTC."""
        return _milliseconds(self.begin)

    @property
    def end_milliseconds(self) -> int:
        """Since 1970 in UTC; later than the beginning."""
        return max(_milliseconds(self.end), self.begin_milliseconds + 1)


@dataclass
class Made:
    """What a simulation really made, counted as it goes: shares come out as chance has it."""

    announced: int = 0
    events: int = 0
    """Each event once, announcements among them."""
    late: int = 0
    doubles: int = 0
    retracted: int = 0
    in_bursts: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    """Events of each type, each once."""

    @property
    def records(self) -> int:
        """Events with their doubles: what arrives."""
        return self.events + self.doubles

    @property
    def traffic(self) -> int:
        """Events after the announcements."""
        return self.events - self.announced

    @property
    def late_share(self) -> float:
        """Of the events after the announcements."""
        return self.late / max(1, self.traffic)

    @property
    def double_share(self) -> float:
        """Of all events."""
        return self.doubles / max(1, self.events)

    @property
    def retracted_share(self) -> float:
        """Of the events after the announcements."""
        return self.retracted / max(1, self.traffic)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
