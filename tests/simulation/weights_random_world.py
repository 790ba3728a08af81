"""Valid events of a small world in which a few users often set their weights, in competition and late."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import ClassVar, Final

from tests.simulation.random_drawing import (
    DrawnWorld,
    Popular,
    junk_id,
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


class WeightsWorld(DrawnWorld):
    """A few users and what they have set."""

    system: ClassVar[str] = "weights"

    def __init__(self, random: Random, base: datetime) -> None:
        super().__init__(random, base)
        self._guesses: dict[str, int] = {}
        self._users = Popular(random, _USERS, _KNOWN)
        self._draws = {
            self._registered: 10,
            self._set: 45,
            self._expected: 25,
            self._deleted: 4,
        }

    def setting(self, now: datetime) -> Fields:
        """A valid event that sets the weights of a user who is never drawn again."""
        self._now = now
        return self._of(junk_id(self._random), "weights_set") | {"weights": self._weights()}

    def _of(self, user: str, name: str) -> Fields:
        return self._envelope(name) | {"user_id": user}

    def _of_user(self, name: str) -> Fields:
        return self._of(self._users.any(), name)

    def _registered(self) -> Fields:
        fields = self._of_user("user_registered")
        self._guesses.setdefault(str(fields["user_id"]), 1)
        return fields

    def _deleted(self) -> Fields:
        return self._of(self._users.leaving(), "user_deleted")

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
