"""Events for folds, as the engine hands them on: decoded from bytes."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from events.codec import Codec, encode
from events.envelope import Event

BASE = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)

_codec = Codec()
_numbers = count()


def struct(model: type[Event], **fields: Any) -> Any:
    """An event of that type; at half past ten and with an id of its own unless said otherwise."""
    fields = {"at": BASE, "id": uuid5(UUID(int=0), str(next(_numbers))), **fields}
    return decoded(model.new(**fields))


def decoded(event: Event) -> Any:
    """The event once it went through the log."""
    return _codec.decode(encode(event))
