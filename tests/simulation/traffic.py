"""Realistic traffic of system 1 for load tests: valid events from a seed, counted as they are made.

All waves and ripples are announced first; then people act in them, in a few very often and in most hardly
(Zipf). Every event counts, so the totals are a plain count over the stream. The JSON is formatted by hand,
because `json.dumps` alone would take longer than everything else together.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TypeVar

Ripple = tuple[str, str]
Message = tuple[str, bytes]
Item = TypeVar("Item")

_CATEGORIES = ("community", "environment", "workers")
_BUCKETS = {"conversation": 50.0, "planning": 15.0, "cleaning": 25.0, "creating": 10.0}
# Shares of the events that follow the announcements, in percent.
_MIX = {"action": 80.0, "join": 10.0, "boost": 4.0, "leave": 2.0, "retraction": 2.0, "change": 2.0}
_USER_EXPONENT = 0.7
_DRAWS_AT_ONCE = 4096
_REMEMBERED_MAX = 10_000


def actions_traffic(
    seed: int,
    events: int,
    waves: int,
    ripples_per_wave: int,
    users: int,
    start: datetime,
    seconds: float,
    totals: MutableMapping[Ripple, int] | None = None,
) -> Iterator[Message]:
    """`events` pairs of the record's key and value, in order, evenly spread over `seconds` from `start`.

    `totals` takes the live actions of each (wave_id, ripple_id) among the messages given so far; a ripple
    that never had one is not in it. Raises ValueError when not even the announcements fit in.
    """
    announcements = waves * (1 + ripples_per_wave)
    if min(waves, ripples_per_wave, users) < 1 or events < announcements:
        raise ValueError(
            f"{events} events are too few for {waves} waves of {ripples_per_wave} ripples and {users} users: "
            f"give at least 1 of each and {announcements} events"
        )
    traffic = _Traffic(Random(seed), waves, ripples_per_wave, users, {} if totals is None else totals)
    return traffic.messages(events, start, seconds)


def _drawing(random: Random, items: Sequence[Item], frequencies: Sequence[float]) -> Callable[[], Item]:
    """A function that draws one of the items; drawing many at once costs a third."""
    cumulative = list(accumulate(frequencies))

    def endless() -> Iterator[Item]:
        while True:
            yield from random.choices(items, cum_weights=cumulative, k=_DRAWS_AT_ONCE)

    return endless().__next__


def _remember(memory: list[Item], place: int, item: Item) -> None:
    """Keeps the memory bounded: a new item takes the place of an old one."""
    if len(memory) < _REMEMBERED_MAX:
        memory.append(item)
    else:
        memory[place % _REMEMBERED_MAX] = item


class _Traffic:
    def __init__(
        self,
        random: Random,
        waves: int,
        ripples_per_wave: int,
        users: int,
        totals: MutableMapping[Ripple, int],
    ) -> None:
        self._random = random
        self._totals = totals
        self._waves = [f"wave-{number}" for number in range(waves)]
        # A ripple's id is unique in its wave only, so the waves share the names.
        self._ripples = [
            (wave, f"ripple-{number}") for wave in self._waves for number in range(ripples_per_wave)
        ]
        by_popularity = random.sample(self._ripples, len(self._ripples))
        zipf = [1 / rank for rank in range(1, len(by_popularity) + 1)]
        self._ripple = _drawing(random, by_popularity, zipf)
        names = [f"user-{number}" for number in range(users)]
        self._user = _drawing(random, names, [rank**-_USER_EXPONENT for rank in range(1, users + 1)])
        self._bucket = _drawing(random, list(_BUCKETS), list(_BUCKETS.values()))
        self._actions: list[tuple[Ripple, int, str]] = []
        self._members: list[tuple[Ripple, str]] = []
        self._action_count = 0

    def messages(self, events: int, start: datetime, seconds: float) -> Iterator[Message]:
        """All messages; each is made when it is asked for."""
        heads = self._heads(events, start, seconds)
        for number, wave in enumerate(self._waves):
            yield self._wave_created(next(heads), number, wave)
        for ripple in self._ripples:
            yield self._ripple_titled(next(heads), "ripple_created", ripple)
        makers: dict[str, Callable[[str], Message]] = {
            "action": self._logged,
            "join": self._joined,
            "boost": self._boosted,
            "leave": self._left,
            "retraction": self._retracted,
            "change": self._changed,
        }
        maker = _drawing(self._random, [makers[kind] for kind in _MIX], list(_MIX.values()))
        for head in heads:
            yield maker()(head)

    def _heads(self, events: int, start: datetime, seconds: float) -> Iterator[str]:
        """The fields that all events share, with the next id and time."""
        first = start.astimezone(UTC)
        step = seconds * 1000 / events
        second, base_ms, clock = -1, 0, ""
        bits = self._random.getrandbits
        for number in range(events):
            now_ms = int(number * step)
            if now_ms // 1000 != second:
                second = now_ms // 1000
                moment = first + timedelta(seconds=second)
                base_ms = int(moment.timestamp() * 1000)
                clock = moment.strftime("%Y-%m-%dT%H:%M:%S")
            millisecond = now_ms % 1000
            stamp = f"{base_ms + millisecond:012x}"
            yield (
                f'{{"id":"{stamp[:8]}-{stamp[8:]}-7{bits(12):03x}-{0x8000 | bits(14):04x}-{bits(48):012x}",'
                f'"v":1,"at":"{clock}.{millisecond:03d}Z",'
            )

    def _wave_created(self, head: str, number: int, wave: str) -> Message:
        category = _CATEGORIES[number % len(_CATEGORIES)]
        return wave, (
            f'{head}"type":"actions.wave_created","actor_type":"system","wave_id":"{wave}",'
            f'"title":"Wave {number}","category":"{category}"}}'
        ).encode()

    def _ripple_titled(self, head: str, name: str, ripple: Ripple) -> Message:
        wave, ripple_id = ripple
        return wave, (
            f'{head}"type":"actions.{name}","actor_type":"system","wave_id":"{wave}",'
            f'"ripple_id":"{ripple_id}","title":"Title of {ripple_id}"}}'
        ).encode()

    def _changed(self, head: str) -> Message:
        return self._ripple_titled(head, "ripple_changed", self._ripple())

    def _logged(self, head: str) -> Message:
        ripple, user, number = self._ripple(), self._user(), self._action_count
        self._action_count = number + 1
        _remember(self._actions, number, (ripple, number, user))
        self._totals[ripple] = self._totals.get(ripple, 0) + 1
        achieved = f',"quantity":{number % 40 + 1}.5,"unit":"kg of litter removed"' if number % 3 == 0 else ""
        return ripple[0], (
            f'{head}"type":"actions.action_logged","actor":"{user}","wave_id":"{ripple[0]}",'
            f'"ripple_id":"{ripple[1]}","action_id":"action-{number}","bucket":"{self._bucket()}"{achieved}}}'
        ).encode()

    def _retracted(self, head: str) -> Message:
        if not self._actions:
            return self._logged(head)
        place = self._random.randrange(len(self._actions))
        ripple, number, user = self._actions[place]
        self._actions[place] = self._actions[-1]
        self._actions.pop()
        self._totals[ripple] -= 1
        return ripple[0], (
            f'{head}"type":"actions.action_retracted","actor":"{user}","wave_id":"{ripple[0]}",'
            f'"ripple_id":"{ripple[1]}","action_id":"action-{number}"}}'
        ).encode()

    def _joined(self, head: str) -> Message:
        ripple, user = self._ripple(), self._user()
        _remember(self._members, self._random.randrange(_REMEMBERED_MAX), (ripple, user))
        return self._membership(head, "ripple_joined", ripple, user)

    def _left(self, head: str) -> Message:
        if not self._members:
            return self._joined(head)
        ripple, user = self._members[self._random.randrange(len(self._members))]
        return self._membership(head, "ripple_left", ripple, user)

    def _membership(self, head: str, name: str, ripple: Ripple, user: str) -> Message:
        return ripple[0], (
            f'{head}"type":"actions.{name}","actor":"{user}","wave_id":"{ripple[0]}",'
            f'"ripple_id":"{ripple[1]}"}}'
        ).encode()

    def _boosted(self, head: str) -> Message:
        ripple = self._ripple()
        points = 1 + self._random.getrandbits(6)
        return ripple[0], (
            f'{head}"type":"actions.ripple_boosted","actor":"{self._user()}","wave_id":"{ripple[0]}",'
            f'"ripple_id":"{ripple[1]}","points":{points}}}'
        ).encode()
