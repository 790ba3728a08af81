"""System 6, polls: people vote, and the last vote of each counts. Topic `groundswell.polls`, key: poll_id."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue import System
from events.envelope import Event
from events.fields import Identifier, TextRule

QUESTION_CHARACTERS_MAX = 300

Question = Annotated[str, TextRule(characters_min=1, characters_max=QUESTION_CHARACTERS_MAX)]


class _OfPoll(Event):
    key_field: ClassVar[str] = "poll_id"

    poll_id: Identifier = Field(description="The poll; the key of the record.", examples=["lunch"])


class PollOpened(_OfPoll):
    """Something is asked; said again, the question is as said last."""

    type: Literal["polls.poll_opened"] = "polls.poll_opened"
    v: Literal[1] = 1
    question: Question = Field(description="What is asked.", examples=["Where do we eat?"])


class PollClosed(_OfPoll):
    """Nobody can vote any more."""

    type: Literal["polls.poll_closed"] = "polls.poll_closed"
    v: Literal[1] = 1


class VoteCast(_OfPoll):
    """The actor is for an option, and for no other one of the poll."""

    type: Literal["polls.vote_cast"] = "polls.vote_cast"
    v: Literal[1] = 1
    needs_actor: ClassVar[bool] = True
    option: Identifier = Field(description="What the actor is for.", examples=["noodles"])


class VoteWithdrawn(_OfPoll):
    """The actor is for nothing any more."""

    type: Literal["polls.vote_withdrawn"] = "polls.vote_withdrawn"
    v: Literal[1] = 1
    needs_actor: ClassVar[bool] = True


SYSTEM = System("polls", (PollOpened, PollClosed, VoteCast, VoteWithdrawn))
