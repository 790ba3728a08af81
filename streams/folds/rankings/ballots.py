"""A student's ballot: batches of moves, each judged as a whole on what stands after it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from events.rankings import RankingsUpdated
from projections.rankings.rows import Ballot, Before, Entry, Period, RankingChange, Session
from projections.rankings.tables import BALLOTS, CHANGES, PERIODS, SESSIONS, TOPICS
from projections.tables import Key
from streams.folding import Change, Refused, States, put
from streams.folds.rankings.standing import changed, is_live, live_topic, open_period, period_stands
from streams.rule import Reads, Rule

Entries = dict[str, Entry]
"""By topic."""


def ballot_of(states: States, key: Key) -> Ballot:
    """The student's ballot in the period, an empty one at first."""
    return states.get(BALLOTS, key) or Ballot(*key)


def entries_of(ballot: Ballot) -> Entries:
    """What is in the ballot, by topic."""
    return {entry.topic_id: entry for entry in ballot.entries}


def with_entries(ballot: Ballot, entries: Entries, changes: int) -> Ballot:
    """The ballot after one more event that names it, when these are in it and so many changes have been."""
    ordered = tuple(entries[topic_id] for topic_id in sorted(entries))
    return replace(ballot, entries=ordered, changes=changes, version=ballot.version + 1)


def others_at(positions: Iterable[int | None], ballot: Ballot, moved: Iterable[str]) -> Iterator[Entry]:
    """What stands at these positions and is none of the topics that move."""
    wanted, moving = set(positions) - {None}, set(moved)
    return (entry for entry in ballot.entries if entry.position in wanted and entry.topic_id not in moving)


def refuse_two_at_one(
    states: States, period_id: str, moved: Mapping[str, int | None], ballot: Ballot
) -> None:
    """Raises Refused when two topics would stand at one position, once these have moved there. What a removed
    topic stood at is free."""
    taken: dict[int, str] = {}
    for topic_id, position in moved.items():
        if position is not None and (other := taken.setdefault(position, topic_id)) != topic_id:
            raise _two_at_one(position, other, topic_id)
    for entry in others_at(taken, ballot, moved):
        assert entry.position is not None, "what is looked for has a position"
        if is_live(states, period_id, entry.topic_id):
            raise _two_at_one(entry.position, entry.topic_id, taken[entry.position])


def _two_at_one(position: int, one: str, other: str) -> Refused:
    return Refused("position_taken", f"topics {one!r} and {other!r} would both stand at position {position}")


def reads_update(event: RankingsUpdated, states: States) -> Reads:
    """The period, the ballot, the session, the topics that move, and what stands where they go."""
    period_id, student_id = event.period_id, event.student_id
    yield PERIODS, (period_id,)
    yield SESSIONS, (period_id, student_id, event.session)
    yield BALLOTS, (period_id, student_id)
    for update in event.updates:
        yield TOPICS, (period_id, update.topic_id)
    ballot = ballot_of(states, (period_id, student_id))
    positions = [update.position for update in event.updates]
    for entry in others_at(positions, ballot, [update.topic_id for update in event.updates]):
        yield TOPICS, (period_id, entry.topic_id)


def updated(event: RankingsUpdated, states: States) -> list[Change]:
    """All of the topics stand where the batch puts them, or none of them moves."""
    period = open_period(states, event.period_id)
    ballot = ballot_of(states, (event.period_id, event.student_id))
    _refuse_out_of_place(event, states, period)
    refuse_two_at_one(states, event.period_id, {u.topic_id: u.position for u in event.updates}, ballot)
    entries = entries_of(ballot)
    # Of topics that were removed; others would have been refused.
    for entry in others_at([u.position for u in event.updates], ballot, [u.topic_id for u in event.updates]):
        del entries[entry.topic_id]
    known = states.get(SESSIONS, (event.period_id, event.student_id, event.session))
    session, changes = _moved(event, ballot.changes, entries, known)
    numbered = ballot.changes + len(changes)
    stands = [put(BALLOTS, with_entries(ballot, entries, numbered))]
    if session is not None and session != known:
        stands.append(put(SESSIONS, session))
    stands += [put(CHANGES, change) for change in changes]
    return stands + period_stands(period, changed(period) if changes else period)


def _refuse_out_of_place(event: RankingsUpdated, states: States, period: Period) -> None:
    for update in event.updates:
        live_topic(states, event.period_id, update.topic_id)
        if update.position is not None and update.position > period.topics:
            raise Refused(
                "position_out_of_range",
                f"topic {update.topic_id!r} cannot stand at position {update.position}: period"
                f" {event.period_id!r} has {period.topics} topics",
            )


def _moved(
    event: RankingsUpdated, number: int, entries: Entries, session: Session | None
) -> tuple[Session | None, list[RankingChange]]:
    """Puts the topics into the entries; answers what the session has to remember and the changes, numbered
    from the one behind ``number``."""
    changes: list[RankingChange] = []
    before = {} if session is None else {each.topic_id: each for each in session.before}
    interleaved = session is not None and session.interleaved
    event_id = str(event.id)
    for update in event.updates:
        entry = entries.get(update.topic_id)
        stood = None if entry is None else entry.position
        if update.position == stood:
            continue
        if update.topic_id not in before:
            before[update.topic_id] = Before(update.topic_id, entry)
        elif entry is not None and entry.session != event.session:
            interleaved = True
        entries[update.topic_id] = Entry(update.topic_id, update.position, stood, event.session, event.at)
        mismatch = update.names_previous and update.previous != stood
        changes.append(
            RankingChange(
                event.period_id,
                event.student_id,
                number + len(changes) + 1,
                update.topic_id,
                stood,
                update.position,
                event.session,
                event.at,
                event_id,
                mismatch,
            )
        )
    if not changes:
        return session, changes
    first = changes[0].number if session is None else session.first_number
    key = (event.period_id, event.student_id, event.session)
    return Session(*key, first, tuple(before.values()), interleaved), changes


RANKINGS_UPDATED: Final = Rule(reads_update, updated)
