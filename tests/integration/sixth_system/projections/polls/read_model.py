"""The tables of system 6, and what of it lies in Redis."""

from pathlib import Path
from typing import Final

import msgspec

from projections.read_model import ReadModel
from projections.redis.cached import Cached, CachedEntity, Touch
from projections.tables import CounterTable, StateTable

FOLDER: Final = Path(__file__).parent


class Poll(msgspec.Struct, frozen=True, gc=False):
    """A poll; a stub until it is opened."""

    poll_id: str
    question: str | None = None
    closed: bool = False
    version: int = 0
    """Events applied to it and to its votes."""


class Vote(msgspec.Struct, frozen=True, gc=False):
    """What somebody is for."""

    poll_id: str
    user_id: str
    option: str


POLLS: Final = StateTable("polls", Poll, key_width=1)
VOTES: Final = StateTable("votes", Vote, key_width=2)
TALLIES: Final = CounterTable("tallies", {"poll_id": str, "option": str}, {"votes": int})

POLL: Final = CachedEntity(
    "poll",
    key=("poll_id",),
    rows=FOLDER / "cache" / "poll.sql",
    touched_by=(Touch(POLLS, ("poll_id",)), Touch(TALLIES, ("poll_id",))),
)

READ_MODEL: Final = ReadModel(
    "polls", (POLLS, VOTES, TALLIES), views=FOLDER / "views.sql", cached=Cached((POLL,))
)
