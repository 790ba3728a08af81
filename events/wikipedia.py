"""Edits of Wikipedia as events of system 1: a channel is a wave, a page a ripple, an edit an action.

The input is one JSON object a line, as in the sample of 2015-09-12 that comes with Apache Druid's tests. Ids
derive from what a line says, so that the same line gives the same events however often it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from events.actions import ActionLogged, RippleCreated, WaveCreated
from events.envelope import Event
from events.errors import GroundswellError
from events.instants import ahead_reason, is_too_far_ahead
from events.refusals import InvalidEvent

NAMESPACE = uuid5(NAMESPACE_OID, "groundswell.wikipedia")
UNIT = "bytes added"
NOT_SHIFTED = timedelta(0)
KINDS: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}

Value = TypeVar("Value", str, int, bool)


class NotAnEdit(GroundswellError):
    """Correct the line, or take it out: the message names the field at fault."""

    code: ClassVar[str] = "not_an_edit"


class WikipediaEdits:
    """Turns lines into events; announces each wave and ripple before the first action in it.

    `shift` is added to every time; ids do not depend on it. `now` is the producer's clock: the log would
    refuse what is further ahead of it than 5 minutes.
    """

    def __init__(self, *, now: datetime, shift: timedelta = NOT_SHIFTED) -> None:
        self.now = now
        self.shift = shift
        self._waves: set[str] = set()
        self._ripples: set[tuple[str, str]] = set()

    def events_of(self, line: bytes) -> list[Event]:
        """The announcements that the edit needs, and its action. Raises NotAnEdit with field and reason."""
        edit = _parsed(line)
        try:
            wave_id, page = _text(edit, "channel"), _text(edit, "page")
            at = _time(edit) + self.shift
            if is_too_far_ahead(at, self.now):
                raise NotAnEdit(f"time: {ahead_reason(at, self.now)}")
            events = [*self._announcements(wave_id, page, at), _action(edit, line, at)]
        except InvalidEvent as error:
            raise NotAnEdit(str(error.problem)) from None
        self._waves.add(wave_id)
        self._ripples.add((wave_id, page))
        return events

    def _announcements(self, wave_id: str, page: str, at: datetime) -> Iterator[Event]:
        if wave_id not in self._waves:
            yield WaveCreated.new(
                id=_id("wave", wave_id), at=at, actor_type="system", wave_id=wave_id, title=wave_id
            )
        if (wave_id, page) not in self._ripples:
            yield RippleCreated.new(
                id=_id("ripple", wave_id, page),
                at=at,
                actor_type="system",
                wave_id=wave_id,
                ripple_id=ripple_id(wave_id, page),
                title=page,
            )


def ripple_id(channel: str, page: str) -> str:
    """The ripple that a page is."""
    return f"{channel}:{page}"


def last_time(lines: Iterable[bytes]) -> datetime | None:
    """When the newest edit of these lines happened; lines that are no edits do not count."""
    newest: datetime | None = None
    for line in lines:
        try:
            at = _time(_parsed(line))
        except NotAnEdit:
            continue
        newest = at if newest is None else max(newest, at)
    return newest


def _action(edit: dict[str, Any], line: bytes, at: datetime) -> Event:
    identity = _id("edit", line.strip().decode())
    added = _field(edit, "added", int)
    channel = _text(edit, "channel")
    return ActionLogged.new(
        id=identity,
        at=at,
        actor=_text(edit, "user"),
        wave_id=channel,
        ripple_id=ripple_id(channel, _text(edit, "page")),
        action_id=str(identity),
        bucket=_bucket(edit),
        quantity=added if added > 0 else None,
        unit=UNIT if added > 0 else None,
    )


def _bucket(edit: dict[str, Any]) -> str:
    if _field(edit, "isNew", bool):
        return "creating"
    if _field(edit, "isRobot", bool):
        return "maintaining"
    return "polishing" if _field(edit, "isMinor", bool) else "editing"


def _id(*parts: str) -> UUID:
    return uuid5(NAMESPACE, "\n".join(parts))


def _time(edit: dict[str, Any]) -> datetime:
    text = _text(edit, "time")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotAnEdit(f"time: must be a time such as 2015-09-12T00:46:58Z, is {text!r}") from None
    if at.tzinfo is None:
        raise NotAnEdit(f"time: must have a zone, {text} has none")
    return at


def _text(edit: dict[str, Any], name: str) -> str:
    text = _field(edit, name, str)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NotAnEdit(f"{name}: holds half a character, a lone surrogate")
    return text


def _field(edit: dict[str, Any], name: str, kind: type[Value]) -> Value:
    if name not in edit:
        raise NotAnEdit(f"{name}: is missing")
    value = edit[name]
    if type(value) is not kind:
        raise NotAnEdit(f"{name}: must be {KINDS[kind]}, is {value!r}")
    return value


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        edit = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise NotAnEdit(f"line: is not JSON: {error}") from None
    if not isinstance(edit, dict):
        raise NotAnEdit("line: is not a JSON object")
    return edit
