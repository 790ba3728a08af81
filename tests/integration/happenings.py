"""Records of what people do, each with the time at which it happens and is appended.

The same arguments are the same event: its id comes from them.
"""

from datetime import datetime
from decimal import Decimal

from events.actions import (
    ActionLogged,
    ActionRetracted,
    BucketWeightSet,
    RippleBoosted,
    RippleDeleted,
    RippleJoined,
    RippleLeft,
    WaveDeleted,
)
from events.codec import encode
from events.envelope import Event
from tests.integration.rules_setting import id_of
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.random_streams import Instruction

WAVE = "w"
RIPPLE = "r"


class Happenings:
    """Makes the records of a log with so many partitions."""

    def __init__(self, partitions: int = 1) -> None:
        self._partitions = partitions

    def acted(
        self, number: object, at: datetime, *, ripple: str = RIPPLE, wave: str = WAVE, user: str = "ann",
        bucket: str = "cleaning", appended: datetime | None = None,
    ) -> Instruction:  # fmt: skip
        """An action that weighs 1, unless its bucket says otherwise."""
        event = ActionLogged.new(
            id=id_of(("acted", wave, number)),
            at=at,
            actor=user,
            wave_id=wave,
            ripple_id=ripple,
            action_id=str(number),
            bucket=bucket,
        )
        return self._record(event, appended)

    def took_back(
        self, number: object, at: datetime, *, ripple: str = RIPPLE, wave: str = WAVE
    ) -> Instruction:
        """The action of that number is retracted."""
        name = id_of(("took back", wave, ripple, number))
        event = ActionRetracted.new(
            id=name, at=at, actor="ann", wave_id=wave, ripple_id=ripple, action_id=str(number)
        )
        return self._record(event)

    def boosted(
        self, number: object, at: datetime, points: int = 1, *, ripple: str = RIPPLE, wave: str = WAVE
    ) -> Instruction:
        """So many points."""
        name = id_of(("boosted", wave, ripple, number))
        return self._record(RippleBoosted.new(id=name, at=at, wave_id=wave, ripple_id=ripple, points=points))

    def joined(self, user: str, at: datetime, *, ripple: str = RIPPLE, wave: str = WAVE) -> Instruction:
        """The user joins."""
        name = id_of(("joined", wave, ripple, user, at))
        return self._record(RippleJoined.new(id=name, at=at, actor=user, wave_id=wave, ripple_id=ripple))

    def left(self, user: str, at: datetime, *, ripple: str = RIPPLE, wave: str = WAVE) -> Instruction:
        """The user leaves."""
        name = id_of(("left", wave, ripple, user, at))
        return self._record(RippleLeft.new(id=name, at=at, actor=user, wave_id=wave, ripple_id=ripple))

    def removed(self, at: datetime, ripple: str | None = None, wave: str = WAVE) -> Instruction:
        """A ripple is deleted, or the whole wave."""
        name = id_of(("removed", wave, ripple))
        if ripple is None:
            return self._record(WaveDeleted.new(id=name, at=at, wave_id=wave))
        return self._record(RippleDeleted.new(id=name, at=at, wave_id=wave, ripple_id=ripple))

    def weighed(self, bucket: str, multiplier: str, at: datetime, effective_from: datetime) -> Instruction:
        """A bucket weighs so much from an hour on."""
        event = BucketWeightSet.new(
            id=id_of(("weighed", bucket, multiplier, at)),
            at=at,
            bucket=bucket,
            multiplier=Decimal(multiplier),
            effective_from=effective_from,
        )
        return self._record(event)

    def _record(self, event: Event, appended: datetime | None = None) -> Instruction:
        appended_ms = int((appended or event.at).timestamp() * 1_000)
        partition = partition_of_key(event.key, self._partitions)
        return Instruction(event.key.encode(), encode(event), partition, (), appended_ms, event.type_name())
