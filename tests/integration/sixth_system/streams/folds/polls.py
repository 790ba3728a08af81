"""The rules of system 6. `RULES` tells where an event's rule lives."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from events.polls import SYSTEM as EVENTS
from events.polls import PollClosed, PollOpened, VoteCast, VoteWithdrawn
from projections.polls.read_model import POLLS, READ_MODEL, TALLIES, VOTES, Poll, Vote
from streams.folding import Change, Refused, States, add, put, remove
from streams.rule import Reads, Rule, RuleFold
from streams.system import StreamSystem


def reads_poll(event: PollOpened | PollClosed, states: States) -> Reads:
    """The poll."""
    return ((POLLS, (event.poll_id,)),)


def reads_vote(event: VoteCast | VoteWithdrawn, states: States) -> Reads:
    """The poll, and what the actor was for."""
    return ((POLLS, (event.poll_id,)), (VOTES, (event.poll_id, event.actor)))


def known_poll(poll_id: str, states: States) -> Poll:
    """The poll as it stands after one more event."""
    poll = states.get(POLLS, (poll_id,)) or Poll(poll_id)
    return replace(poll, version=poll.version + 1)


def opened(event: PollOpened, states: States) -> list[Change]:
    """The question is as said last; the poll stays closed where it was."""
    return [put(POLLS, replace(known_poll(event.poll_id, states), question=event.question))]


def closed(event: PollClosed, states: States) -> list[Change]:
    """Votes that come later are refused."""
    return [put(POLLS, replace(known_poll(event.poll_id, states), closed=True))]


def voted(event: VoteCast | VoteWithdrawn, states: States) -> list[Change]:
    """The actor's vote before counts no more."""
    poll, voter = known_poll(event.poll_id, states), (event.poll_id, str(event.actor))
    if poll.closed:
        raise Refused("closed", f"poll {event.poll_id!r} was closed: open another one")
    changes = [put(POLLS, poll)]
    if (before := states.get(VOTES, voter)) is not None:
        changes += [remove(VOTES, voter), add(TALLIES, (event.poll_id, before.option), 0, -1)]
    return changes


def cast(event: VoteCast, states: States) -> list[Change]:
    """The actor's vote counts for its option."""
    vote = Vote(event.poll_id, str(event.actor), event.option)
    return [*voted(event, states), put(VOTES, vote), add(TALLIES, (event.poll_id, event.option), 0, 1)]


RULES: Final[Mapping[str, Rule]] = {
    "polls.poll_opened": Rule(reads_poll, opened),
    "polls.poll_closed": Rule(reads_poll, closed),
    "polls.vote_cast": Rule(reads_vote, cast),
    "polls.vote_withdrawn": Rule(reads_vote, voted),
}


SYSTEM: Final = StreamSystem(EVENTS, RuleFold(RULES, version=1), READ_MODEL)
