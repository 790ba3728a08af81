"""Edits of Wikipedia as events: one line, and what it becomes."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.actions import ActionLogged, RippleCreated, WaveCreated
from events.wikipedia import NotAnEdit, WikipediaEdits, last_time

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EDIT = {
    "time": "2015-09-12T00:46:58.771Z",
    "channel": "#en.wikipedia",
    "page": "Talk:Oswald Tilghman",
    "user": "GELongstreet",
    "isMinor": False,
    "isNew": False,
    "isRobot": False,
    "added": 36,
    "deleted": 0,
}


def line(**changes: Any) -> bytes:
    return json.dumps({**EDIT, **changes}).encode() + b"\n"


def action(**changes: Any) -> ActionLogged:
    event = WikipediaEdits(now=NOW).events_of(line(**changes))[-1]
    assert isinstance(event, ActionLogged)
    return event


def test_a_first_edit_announces_its_channel_and_page() -> None:
    wave, ripple, edit = WikipediaEdits(now=NOW).events_of(line())

    assert isinstance(wave, WaveCreated)
    assert (wave.wave_id, wave.title, wave.actor, wave.actor_type) == (
        "#en.wikipedia",
        "#en.wikipedia",
        None,
        "system",
    )
    assert isinstance(ripple, RippleCreated)
    assert (ripple.ripple_id, ripple.title) == ("#en.wikipedia:Talk:Oswald Tilghman", "Talk:Oswald Tilghman")
    assert isinstance(edit, ActionLogged)
    assert (edit.actor, edit.bucket, edit.quantity, edit.unit) == (
        "GELongstreet",
        "editing",
        Decimal(36),
        "bytes added",
    )
    assert wave.at == ripple.at == edit.at == datetime(2015, 9, 12, 0, 46, 58, 771000, tzinfo=UTC)


def test_later_edits_announce_only_what_is_new() -> None:
    edits = WikipediaEdits(now=NOW)
    edits.events_of(line())

    assert [event.type for event in edits.events_of(line(user="other"))] == ["actions.action_logged"]
    assert len(edits.events_of(line(page="Other"))) == 2
    assert len(edits.events_of(line(channel="#de.wikipedia"))) == 3


def test_the_first_flag_that_is_set_names_the_bucket() -> None:
    assert action(isNew=True, isRobot=True, isMinor=True).bucket == "creating"
    assert action(isRobot=True, isMinor=True).bucket == "maintaining"
    assert action(isMinor=True).bucket == "polishing"


def test_an_edit_that_added_nothing_has_no_quantity() -> None:
    nothing = action(added=0)

    assert (nothing.quantity, nothing.unit) == (None, None)


def test_the_same_line_gives_the_same_ids_whatever_the_shift() -> None:
    first = WikipediaEdits(now=NOW).events_of(line())
    shifted = WikipediaEdits(now=NOW, shift=timedelta(days=4000)).events_of(line().rstrip())

    assert [event.id for event in first] == [event.id for event in shifted]
    assert shifted[0].at == first[0].at + timedelta(days=4000)
    assert len({event.id for event in first}) == 3


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (b"{", "line"),
        (b"[]", "line"),
        (b"\xff", "line"),
        (line(channel=None), "channel"),
        (line(page="a\ud800b"), "page"),
        (line(page="x" * 201), "title"),
        (line(user=""), "actor"),
        (line(added="36"), "added"),
        (line(isNew="no"), "isNew"),
        (line(time="yesterday"), "time"),
        (line(time="2015-09-12T00:46:58"), "time"),
        (line(time="2027-09-12T00:46:58Z"), "time"),
    ],
)
def test_what_is_no_edit_is_refused_with_the_field(bad: bytes, field: str) -> None:
    with pytest.raises(NotAnEdit, match=f"^{field}: "):
        WikipediaEdits(now=NOW).events_of(bad)


def test_the_last_time_is_the_newest_of_all_edits() -> None:
    newest = line(time="2015-09-13T00:00:00Z")

    assert last_time([line(), newest, b"no edit", line()]) == datetime(2015, 9, 13, tzinfo=UTC)
    assert last_time([]) is None
