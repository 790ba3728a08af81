"""What one student did in one period of system 4: every change, and what is taken back of them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation.oracle_envelope import Dead
from tests.simulation.oracle_event import ToldEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a topic stands, where it stood before that, and who put it there when."""

    position: int
    previous_position: int | None
    session: str
    updated_at: datetime


@dataclass(slots=True)
class Change:
    """A topic that came to stand elsewhere; `before` is all that was known of it until then."""

    number: int
    topic_id: str
    old_position: int | None
    new_position: int | None
    session: str
    at: datetime
    event_id: str
    previous_mismatch: bool
    before: Entry | None
    undone: bool = False


@dataclass(slots=True)
class Ballot:
    """Topics that are removed stay in it, but they are in nobody's way; `live` are the others."""

    entries: dict[str, Entry] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def positions(self, live: Set[str]) -> dict[str, int]:
        """Where the topics stand that count."""
        return {topic: entry.position for topic, entry in self.entries.items() if topic in live}

    def check_update(self, event: ToldEvent, live: Set[str]) -> None:
        """Raises `Dead` when two topics would stand at one place after all updates together."""
        wanted = self.positions(live)
        for update in event.given["updates"]:
            wanted.pop(update["topic_id"], None)
            if update["position"] is not None:
                wanted[update["topic_id"]] = update["position"]
        _check_places(wanted)

    def update(self, event: ToldEvent) -> bool:
        """Whether anything changed."""
        moved = [update for update in event.given["updates"] if self._moves(update)]
        for update in moved:
            self._move(event, update)
        return bool(moved)

    def check_undo(self, session: str, live: Set[str]) -> None:
        """Raises `Dead` when the session's changes cannot be taken back."""
        firsts = self._firsts(session)
        if not firsts:
            raise Dead("refused", "unknown_session", f"{session!r} changed nothing that stands")
        if removed := firsts.keys() - live:
            raise Dead("refused", "removed", f"{removed} of {session!r}")
        self._check_superseded(session, firsts)
        restored = {topic: change.before.position for topic, change in firsts.items() if change.before}
        others = {topic: place for topic, place in self.positions(live).items() if topic not in firsts}
        _check_places(others | restored)

    def undo(self, session: str) -> None:
        """Every topic of the session is again as before its first change of it."""
        for topic, change in self._firsts(session).items():
            self.entries.pop(topic, None)
            if change.before is not None:
                self.entries[topic] = change.before
        for change in self.changes:
            change.undone |= change.session == session

    def _check_superseded(self, session: str, firsts: Mapping[str, Change]) -> None:
        for change in self.changes:
            first = firsts.get(change.topic_id)
            if first is None or change.undone or change.session == session:
                continue
            if change.number > first.number:
                raise Dead("refused", "superseded", f"{change.session!r} moved {change.topic_id!r} after it")

    def _firsts(self, session: str) -> dict[str, Change]:
        """By topic, the session's first change that was not taken back."""
        firsts: dict[str, Change] = {}
        for change in self.changes:
            if change.session == session and not change.undone:
                firsts.setdefault(change.topic_id, change)
        return firsts

    def _stands(self, topic: str) -> int | None:
        entry = self.entries.get(topic)
        return None if entry is None else entry.position

    def _moves(self, update: Mapping[str, Any]) -> bool:
        return bool(update["position"] != self._stands(update["topic_id"]))

    def _move(self, event: ToldEvent, update: Mapping[str, Any]) -> None:
        topic, new = update["topic_id"], update["position"]
        before, old = self.entries.pop(topic, None), None
        if before is not None:
            old = before.position
        session = str(event.session)
        if new is not None:
            self.entries[topic] = Entry(new, old, session, event.at)
        is_mismatch = "previous" in update and update["previous"] != old
        number, event_id = len(self.changes) + 1, str(event.id)
        self.changes.append(Change(number, topic, old, new, session, event.at, event_id, is_mismatch, before))


def _check_places(wanted: Mapping[str, int]) -> None:
    if len(set(wanted.values())) < len(wanted):
        raise Dead("refused", "position_taken", f"two topics at one place: {wanted}")
