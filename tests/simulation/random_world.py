"""Valid events of a small world in which waves, ripples, users and actions meet often."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.simulation.oracle_envelope import DECISIONS_KEY
from tests.simulation.random_dead import JUNK_ID
from tests.simulation.random_drawing import (
    make_least_popular,
    random_envelope,
    random_moment,
    sometimes,
    zipf_choice,
)
from tests.simulation.random_json import Fields, written_instant

BUCKETS = ("conversation", "planning", "creating", "cleaning", "Müll sammeln")
_UNITS = ("kg of litter removed", "local businesses supported", "Bäume 🌳", "hours")
_CATEGORIES = ("community", "environment", "workers", None)
_NAMES = (
    "wave-{}",
    "#de.wikipedia:{}",
    'O\'Neill "{}"',
    "Wälle/{} \\ %s",
    "波{}",
    "🌊{}",
    "W" * 290 + "-{:03}",
)
_MULTIPLIERS = tuple(map(Decimal, ("0", "0.000001", "0.8", "1.50", "3", "12.345678", "100")))
_WEIGHT_HOURS = (0, 1, 2, 6, 24, 240)
_NEED_ACTOR = ("actions.ripple_joined", "actions.ripple_left", "actions.action_logged")


def key_of(fields: Fields) -> str:
    """The key that an event of system 1 belongs to."""
    return str(fields.get("wave_id") or fields.get("bucket") or DECISIONS_KEY)


class World:
    """Draws one event after another; everything comes from `random`, time from `base` and the `now` given."""

    def __init__(self, random: Random, base: datetime) -> None:
        self._random = random
        self._base = base
        self._now = base
        self._wave_count = 0
        self.waves: list[str] = []
        self.ripples: dict[str, list[str]] = {}
        self._next_action: dict[str, int] = {}
        self._actions: dict[str, list[tuple[str, str]]] = {}
        draws: dict[Callable[[], Fields], float] = {
            self._wave_created: 3,
            self._wave_changed: 2.5,
            self._wave_deleted: 0.25,
            self._ripple_created: 5,
            self._ripple_changed: 2,
            self._ripple_deleted: 1.2,
            self._ripple_joined: 10,
            self._ripple_left: 6,
            self._action_logged: 50,
            self._action_retracted: 12,
            self._ripple_boosted: 5,
            self._bucket_weight_set: 3,
        }
        self._draws, self._frequencies = list(draws), list(draws.values())
        for _ in range(4):
            self._add_wave()

    def event(self, now: datetime) -> Fields:
        """The next event, as the fields of its JSON object; it happens about `now`, or earlier."""
        self._now = now
        (draw,) = self._random.choices(self._draws, self._frequencies)
        fields = draw()
        if fields["type"] not in _NEED_ACTOR and self._random.random() < 0.1:
            del fields["actor"]
        return fields

    def action(self, now: datetime) -> Fields:
        """A valid action of its own, in no list of buckets and never drawn again: what junk is made from."""
        self._now = now
        action_id = f"{JUNK_ID}{self._random.getrandbits(64)}"
        return self._in_ripple("action_logged", action_id=action_id, bucket="conversation")

    def weight(self, now: datetime) -> Fields:
        """A valid weight of a bucket."""
        self._now = now
        return self._bucket_weight_set()

    def _add_wave(self) -> None:
        wave = _NAMES[self._wave_count % len(_NAMES)].format(self._wave_count)
        self._wave_count += 1
        # A new wave takes any place in the order of popularity, so that deletions do not empty the world.
        self.waves.insert(self._random.randint(0, len(self.waves)), wave)
        self.ripples[wave] = [f"ripple-{number}" for number in range(self._random.randint(1, 5))]

    def _in_wave(self, name: str, **own: object) -> Fields:
        return (
            random_envelope(self._random, f"actions.{name}", random_moment(self._random, self._now))
            | {"wave_id": zipf_choice(self._random, self.waves)}
            | own
        )

    def _in_ripple(self, name: str, **own: object) -> Fields:
        fields = self._in_wave(name)
        ripple = zipf_choice(self._random, self.ripples[str(fields["wave_id"])])
        return fields | {"ripple_id": ripple} | own

    def _title(self) -> str:
        return self._random.choice(("Clean river", "Öffne die Straße 🌍", "T" * 200, "titre «{}»"))

    def _wave_details(self) -> Fields:
        allowed = self._random.sample(BUCKETS, self._random.randint(2, len(BUCKETS)))
        return {
            "allowed_buckets": allowed if self._random.random() < 0.5 else None,
            "category": self._random.choice(_CATEGORIES),
            "what_we_count": self._random.choice(("litter", "Q" * 500, None)),
        }

    def _wave_created(self) -> Fields:
        return sometimes(
            self._random, self._in_wave("wave_created", title=self._title()), **self._wave_details()
        )

    def _wave_changed(self) -> Fields:
        details = self._wave_details() | {"title": self._title()}
        kept = self._random.sample(sorted(details), self._random.randint(1, len(details)))
        return self._in_wave("wave_changed") | {name: details[name] for name in kept}

    def _wave_deleted(self) -> Fields:
        self._add_wave()
        fields = self._in_wave("wave_deleted")
        make_least_popular(self.waves, str(fields["wave_id"]))
        return fields

    def _ripple_created(self) -> Fields:
        return self._in_ripple("ripple_created", title=self._title())

    def _ripple_changed(self) -> Fields:
        return self._in_ripple("ripple_changed", title=self._title())

    def _ripple_deleted(self) -> Fields:
        fields = self._in_ripple("ripple_deleted")
        ripples = self.ripples[str(fields["wave_id"])]
        ripples.insert(self._random.randint(0, len(ripples)), f"ripple-{len(ripples)}")
        make_least_popular(ripples, str(fields["ripple_id"]))
        return fields

    def _ripple_joined(self) -> Fields:
        return self._in_ripple("ripple_joined")

    def _ripple_left(self) -> Fields:
        return self._in_ripple("ripple_left")

    def _ripple_boosted(self) -> Fields:
        return self._in_ripple("ripple_boosted", points=self._random.choice((1, 2, 50, 1000)))

    def _action_logged(self) -> Fields:
        fields = self._in_ripple("action_logged")
        wave, ripple = str(fields["wave_id"]), str(fields["ripple_id"])
        known = self._actions.setdefault(wave, [])
        if known and self._random.random() < 0.1:
            _, action_id = self._random.choice(known)
        else:
            number = self._next_action.get(wave, 0)
            self._next_action[wave] = number + 1
            action_id = f"action-{number}"
            known.append((ripple, action_id))
        fields |= {"action_id": action_id, "bucket": zipf_choice(self._random, BUCKETS)}
        return sometimes(
            self._random,
            fields,
            quantity=self._quantity(),
            unit=self._random.choice((*_UNITS, None)),
            note=self._random.choice(("12 bags", "n" * 120, "naïve ☂", None)),
        )

    def _action_retracted(self) -> Fields:
        fields = self._in_ripple("action_retracted")
        wave = str(fields["wave_id"])
        known = self._actions.get(wave, [])
        if not known or self._random.random() < 0.2:
            ahead = self._next_action.get(wave, 0) + self._random.randint(0, 3)
            return fields | {"action_id": f"action-{ahead}"}
        ripple, action_id = self._random.choice(known)
        if self._random.random() < 0.85:
            fields["ripple_id"] = ripple
        return fields | {"action_id": action_id}

    def _quantity(self) -> Decimal | None:
        kind = self._random.randrange(6)
        if kind == 0:
            return None
        if kind == 1:
            return Decimal(0)
        if kind == 2:  # all 18 digits: a binary float on the way would lose the last ones
            return Decimal(self._random.randint(0, 10**18 - 1)).scaleb(-6)
        return Decimal(self._random.randint(1, 100_000)).scaleb(-self._random.randint(0, 6))

    def _bucket_weight_set(self) -> Fields:
        # Few hours, few buckets and times in whole hours, so that weights compete and tie on `at`.
        at = self._now.replace(minute=0, second=0, microsecond=0)
        first = self._base.replace(minute=0, second=0, microsecond=0)
        from_hour = first + timedelta(hours=12) - timedelta(hours=self._random.choice(_WEIGHT_HOURS))
        actor = self._random.choice((None, "admin-1", "admin-2"))
        return random_envelope(self._random, "actions.bucket_weight_set", at) | {
            "actor": actor,
            "bucket": zipf_choice(self._random, BUCKETS),
            "multiplier": self._random.choice(_MULTIPLIERS),
            "effective_from": written_instant(self._random, from_hour),
        }
