"""Valid events of a small world in which a few users often set their weights, in competition and late."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final

from tests.simulation.random_drawing import (
    Popular,
    drawn,
    junk_id,
    random_envelope,
    tied_moment,
)
from tests.simulation.random_json import Fields
from tests.simulation.weights_oracle_reading import CATEGORIES

_USERS: Final = ("user-{}", "Jürgen ✊ {}", "a,b-{}", '"{}"', "u" * 290 + "-{:03}", "NULL{}", "{{u:{}%}}")
_KNOWN: Final = 9
_NOISE: Final = (Decimal("1e-10"), Decimal("-1e-10"), Decimal("9.9e-10"), Decimal("-9.9e-10"))
"""So little beside a hundredth is that hundredth."""
_EXTREME: Final = ((0, 100, 0), (100, 0, 0), (0, 0, 100), (34, 33, 33), (1, 0, 99), (45, 30, 25))


def key_of(fields: Fields) -> str:
    """The key that an event of system 3 belongs to."""
    return str(fields["user_id"])


class WeightsWorld:
    """Draws one event after another; everything comes from `random`, time from the `now` given."""

    def __init__(self, random: Random, base: datetime) -> None:
        self._random = random
        self._now = base
        self._guesses: dict[str, int] = {}
        self._users = Popular(random, _USERS, _KNOWN)
        self._draws: dict[Callable[[], Fields], float] = {
            self._registered: 10,
            self._set: 45,
            self._expected: 25,
            self._deleted: 4,
        }

    def event(self, now: datetime) -> Fields:
        """The next event, as the fields of its JSON object; it happens about `now`, or earlier."""
        self._now = now
        return drawn(self._random, self._draws)

    def setting(self, now: datetime) -> Fields:
        """A valid event that sets the weights of a user who is never drawn again."""
        self._now = now
        return self._envelope("weights_set", junk_id(self._random)) | {"weights": self._weights()}

    def _envelope(self, name: str, user: str) -> Fields:
        return random_envelope(self._random, f"weights.{name}", tied_moment(self._random, self._now)) | {
            "user_id": user
        }

    def _of_user(self, name: str) -> Fields:
        return self._envelope(name, self._users.any())

    def _registered(self) -> Fields:
        fields = self._of_user("user_registered")
        self._guesses.setdefault(str(fields["user_id"]), 1)
        return fields

    def _deleted(self) -> Fields:
        return self._envelope("user_deleted", self._users.leaving())

    def _set(self) -> Fields:
        fields = self._of_user("weights_set") | {"weights": self._weights()}
        if self._random.random() < 0.1:
            fields["expected_version"] = None
        self._has_set(fields)
        return fields

    def _expected(self) -> Fields:
        """By somebody who has read the version, and may be wrong by now."""
        fields = self._of_user("weights_set") | {"weights": self._weights()}
        version = self._guesses.get(str(fields["user_id"]), 0)
        wrong = self._random.choice((-1, 1, 5)) if self._random.random() < 0.25 else 0
        fields["expected_version"] = max(0, version + wrong)
        if not wrong:
            self._has_set(fields)
        return fields

    def _has_set(self, fields: Fields) -> None:
        user = str(fields["user_id"])
        self._guesses[user] = self._guesses.get(user, 0) + 1

    def _weights(self) -> Fields:
        if self._random.random() < 0.25:
            hundredths = self._random.choice(_EXTREME)
        else:
            one, other = sorted(self._random.randint(0, 100) for _ in range(2))
            hundredths = (one, other - one, 100 - other)
        return {
            category: self._written(number) for category, number in zip(CATEGORIES, hundredths, strict=True)
        }

    def _written(self, hundredths: int) -> object:
        number = Decimal(hundredths).scaleb(-2)
        chance = self._random.random()
        if chance < 0.05:
            return number + self._random.choice(_NOISE)
        if chance < 0.2:
            return number.quantize(Decimal("0.0000"))
        is_whole = hundredths % 100 == 0
        return int(number) if is_whole and chance < 0.7 else number
