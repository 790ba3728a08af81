"""What the random worlds of all systems draw alike: popularity, times that are late, envelopes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeVar

from tests.simulation.random_json import Fields, random_uuid, written_instant

Item = TypeVar("Item")

USERS: Final = (*(f"user-{number}" for number in range(9)), "Jürgen ✊", "u" * 300)
_LATE_DAYS_MAX: Final = 20
_VERY_LATE_DAYS_MAX: Final = 120


def zipf_choice(random: Random, items: Sequence[Item]) -> Item:
    """One of the items, the first twice as likely as the second, three times as the third, and so on."""
    return random.choices(items, [1 / rank for rank in range(1, len(items) + 1)])[0]


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


def sometimes(random: Random, fields: Fields, **optional: object) -> Fields:
    """With each of the optional fields, or without."""
    for name, value in optional.items():
        if random.random() < 0.5:
            fields[name] = value
    return fields
