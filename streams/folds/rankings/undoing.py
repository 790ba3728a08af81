"""A session taken back: its topics stand again where they did before its first change of each."""

from typing import Final

from events.rankings import RankingsUndone
from projections.rankings.rows import Ballot, Session, Undo
from projections.rankings.tables import BALLOTS, PERIODS, SESSIONS, TOPICS, UNDOS
from streams.folding import Change, Refused, States, put, remove
from streams.folds.rankings.ballots import (
    ballot_of,
    entries_of,
    others_at,
    refuse_two_at_one,
    with_entries,
)
from streams.folds.rankings.standing import changed, live_topic, open_period, period_stands
from streams.rule import Reads, Rule


def reads_undo(event: RankingsUndone, states: States) -> Reads:
    """The period, the ballot, the session, its topics, and what stands where these go back to."""
    ballot_key = (event.period_id, event.student_id)
    yield PERIODS, (event.period_id,)
    yield BALLOTS, ballot_key
    yield SESSIONS, (*ballot_key, event.session)
    session = states.get(SESSIONS, (*ballot_key, event.session))
    if session is None:
        return
    back = _back(session)
    for topic_id in back:
        yield TOPICS, (event.period_id, topic_id)
    for entry in others_at(back.values(), ballot_of(states, ballot_key), back):
        yield TOPICS, (event.period_id, entry.topic_id)


def _back(session: Session) -> dict[str, int | None]:
    """Where the session's topics go back to."""
    return {each.topic_id: None if each.entry is None else each.entry.position for each in session.before}


def undone(event: RankingsUndone, states: States) -> list[Change]:
    """The entries are those from before the session, which has changed nothing any more."""
    period = open_period(states, event.period_id)
    ballot = ballot_of(states, (event.period_id, event.student_id))
    key = (event.period_id, event.student_id, event.session)
    session = states.get(SESSIONS, key)
    if session is None:
        raise Refused(
            "unknown_session",
            f"session {event.session!r} of student {event.student_id!r} has no changes that could be undone",
        )
    for each in session.before:
        live_topic(states, event.period_id, each.topic_id)
    _refuse_superseded(session, ballot)
    refuse_two_at_one(states, event.period_id, _back(session), ballot)
    entries = entries_of(ballot)
    for each in session.before:
        if each.entry is None:
            del entries[each.topic_id]
        else:
            entries[each.topic_id] = each.entry
    return [
        put(BALLOTS, with_entries(ballot, entries, ballot.changes)),
        remove(SESSIONS, key),
        put(UNDOS, Undo(*key, session.first_number, ballot.changes, event.at)),
        *period_stands(period, changed(period)),
    ]


def _refuse_superseded(session: Session, ballot: Ballot) -> None:
    """A topic that another session changed since is that session's: taking it back would undo more."""
    entries = entries_of(ballot)
    for each in session.before:
        if session.interleaved or entries[each.topic_id].session != session.session:
            raise Refused(
                "superseded",
                f"another session changed topic {each.topic_id!r} or another topic of session"
                f" {session.session!r} after it did: undo that one first",
            )


RANKINGS_UNDONE: Final = Rule(reads_undo, undone)
