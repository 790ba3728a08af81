"""What the random worlds of all systems draw alike: popularity, times that are late, envelopes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import ClassVar, Final, TypeVar

from tests.simulation.random_dead import JUNK_ID
from tests.simulation.random_json import Fields, random_uuid, written_instant

Item = TypeVar("Item")

USERS: Final = (*(f"user-{number}" for number in range(9)), "Jürgen ✊", "u" * 300)
_LATE_DAYS_MAX: Final = 20
_VERY_LATE_DAYS_MAX: Final = 120
_TIED: Final = 0.25
_REMOVED_AGAIN: Final = 0.15


def zipf_choice(random: Random, items: Sequence[Item]) -> Item:
    """One of the items, the first twice as likely as the second, three times as the third, and so on."""
    return random.choices(items, [1 / rank for rank in range(1, len(items) + 1)])[0]


def drawn(random: Random, draws: Mapping[Callable[[], Item], float]) -> Item:
    """What one of the functions draws, each as often as its number says."""
    (draw,) = random.choices([*draws], [*draws.values()])
    return draw()


class DrawnWorld:
    """Draws one event after another; everything comes from `random`, time from the `now` given."""

    system: ClassVar[str]

    def __init__(self, random: Random, base: datetime) -> None:
        self._random = random
        self._now = base
        self._draws: dict[Callable[[], Fields], float] = {}
        """What each system draws, each as often as its number says."""

    def event(self, now: datetime) -> Fields:
        """The next event, as the fields of its JSON object; it happens about `now`, or earlier."""
        self._now = now
        return self._drawn()

    def _drawn(self) -> Fields:
        return drawn(self._random, self._draws)

    def _envelope(self, name: str) -> Fields:
        return random_envelope(self._random, f"{self.system}.{name}", tied_moment(self._random, self._now))


class Popular:
    """Ids of one kind of things, the most popular first; `forms` are how people write them, with a number."""

    def __init__(self, random: Random, forms: Sequence[str], count: int) -> None:
        self._random = random
        self._forms = forms
        self._made = 0
        self._gone: list[str] = []
        self.ids: list[str] = []
        for _ in range(count):
            self.fresh()

    def fresh(self) -> str:
        """A new one, that nobody has heard of."""
        made = self._forms[self._made % len(self._forms)].format(self._made)
        self._made += 1
        # It takes any place in the order of popularity, so that removals do not empty the world.
        self.ids.insert(self._random.randint(0, len(self.ids)), made)
        return made

    def any(self) -> str:
        """One of them, as popular as it is."""
        return zipf_choice(self._random, self.ids)

    def leaving(self) -> str:
        """One that is removed while another one comes; sometimes one that was removed before."""
        if self._gone and self._random.random() < _REMOVED_AGAIN:
            return self._random.choice(self._gone)
        self.fresh()
        removed = self.any()
        make_least_popular(self.ids, removed)
        self._gone.append(removed)
        return removed


def make_least_popular(ids: list[str], removed: str) -> None:
    """Late events about what was deleted still come, but they do not become most of the log."""
    ids.remove(removed)
    ids.append(removed)


def random_moment(random: Random, now: datetime) -> datetime:
    """Mostly just before, often at the edge of an hour, sometimes long ago or a little ahead."""
    chance = random.random()
    if chance < 0.65:
        return now - timedelta(seconds=round(random.expovariate(1 / 120), 6))
    if chance < 0.8:
        hour = now.replace(minute=0, second=0, microsecond=0)
        edge = random.choice((-1, 0, 0, 1))  # an hour's cell and a weight begin exactly there
        return hour - timedelta(hours=random.randint(1, 30), microseconds=edge)
    if chance < 0.95:
        days = _LATE_DAYS_MAX if chance < 0.92 else _VERY_LATE_DAYS_MAX
        return now - timedelta(seconds=random.randint(0, days * 86_400))
    return now + timedelta(seconds=random.randint(1, 240))


def tied_moment(random: Random, now: datetime) -> datetime:
    """A random moment, or the first instant of its day, at which many things happened."""
    at = random_moment(random, now)
    if random.random() >= _TIED:
        return at
    # Before it came about: a tie must not be of the future.
    return min(at, now).replace(hour=0, minute=0, second=0, microsecond=0)


def random_envelope(random: Random, type_name: str, at: datetime) -> Fields:
    """What every event has, as different producers give it."""
    fields: Fields = {
        "id": random_uuid(random),
        "type": type_name,
        "v": 1,
        "at": written_instant(random, at),
        "actor": zipf_choice(random, USERS),
    }
    if random.random() < 0.3:
        fields["actor_type"] = random.choice(("user", "student", "creator", "admin", "system"))
    if random.random() < 0.1:
        fields["session"] = random.choice((None, "session-1"))
    return fields


def junk_id(random: Random) -> str:
    """An id that is never drawn again, whose bytes can be found and spoilt."""
    return f"{JUNK_ID}{random.getrandbits(64)}"


def some(random: Random, fields: Fields, changes: Fields) -> Fields:
    """With at least one of the changes: what a partial event needs."""
    names = random.sample(sorted(changes), random.randint(1, len(changes)))
    return fields | {name: changes[name] for name in names}


def sometimes(random: Random, fields: Fields, **optional: object) -> Fields:
    """With each of the optional fields, or without."""
    for name, value in optional.items():
        if random.random() < 0.5:
            fields[name] = value
    return fields
