"""What the bytes of an event look like, and what a record's value is when it is no event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Literal

import pytest
from msgspec import UNSET
from pydantic import Field

from events import rankings
from events.actions import ActionLogged, BucketWeightSet, HourClosed, WaveChanged, WaveCreated
from events.catalogue import Catalogue, System, default_catalogue
from events.codec import EVENT_BYTES_MAX, Codec, encode
from events.content import LeaderboardClosed, Reconciled, VideoChanged, VideoMetricsObserved
from events.envelope import Event
from events.fields import Identifier
from events.rankings import AlgorithmExecuted, MetricsCalculated, RankingsUpdated
from events.refusals import Broken, InvalidEvent, Refused
from events.structs import EventStruct, is_hot, struct_from

CODEC = Codec()
MODELS = list(default_catalogue())
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def decoded(value: bytes) -> EventStruct:
    found = CODEC.decode(value)
    assert isinstance(found, EventStruct), found
    return found


def example(model: type[Event]) -> Event:
    return model.model_validate(model.example())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.type_name())
def test_an_event_comes_back_as_it_went(model: type[Event]) -> None:
    event = example(model)
    found = decoded(encode(event))
    assert found == struct_from(event)
    assert (found.type, found.system, found.key) == (model.type_name(), model.system_name(), event.key)
    assert (found.reference, found.partial) == (model.reference, model.partial)
    assert json.loads(encode(event)) == {
        name: value for name, value in model.example().items() if name != "actor_type"
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.type_name())
def test_a_systems_own_codec_reads_what_the_codec_of_all_reads(model: type[Event]) -> None:
    value = encode(example(model))
    assert Codec(system=model.system_name()).decode(value) == decoded(value)


def test_types_without_rules_of_their_own_take_the_fast_way() -> None:
    cold = {BucketWeightSet, HourClosed, LeaderboardClosed, Reconciled}
    cold |= {RankingsUpdated, MetricsCalculated, AlgorithmExecuted, rankings.Reconciled}
    assert {model for model in MODELS if not is_hot(model)} == cold


def test_the_bytes_are_compact_and_say_nothing_twice() -> None:
    event = ActionLogged.new(
        wave_id="wave-é", ripple_id="r", action_id="1", bucket="b", actor="u", at=AT, quantity=Decimal("1.5")
    )
    assert encode(event).decode() == (
        f'{{"type":"actions.action_logged","id":"{event.id}","v":1,"at":"2026-11-21T10:00:00Z","actor":"u",'
        '"wave_id":"wave-é","ripple_id":"r","action_id":"1","bucket":"b","quantity":1.5}'
    )
    later = event.model_copy(update={"at": AT.replace(microsecond=5000), "actor_type": "student"})
    assert b'"at":"2026-11-21T10:00:00.005000Z"' in encode(later)
    assert b'"actor_type":"student"' in encode(later)


def test_a_change_tells_null_from_left_out() -> None:
    changed = WaveChanged.new(wave_id="w", category=None, at=AT)
    assert b'"category":null' in encode(changed)
    found = decoded(encode(changed))
    assert (found.category, found.title, found.allowed_buckets) == (None, UNSET, UNSET)
    assert found.actor is None


def test_a_change_of_nothing_is_refused_and_so_is_an_observation_of_nothing() -> None:
    for model in (WaveChanged, VideoChanged, VideoMetricsObserved):
        bare = {name: model.example()[name] for name in ("id", "type", "v", "at", model.key_field)}
        found = CODEC.decode(json.dumps(bare).encode())
        assert isinstance(found, Refused)
        assert (found.code, found.field) == ("missing_field", "event")
        assert found.reason == f"says nothing: give at least one of {', '.join(model.optional_fields())}"


def test_an_event_has_at_most_64_kib() -> None:
    many = [f"{number:03}" + "\N{GRINNING FACE}" * 57 for number in range(100)]
    wave = WaveCreated.new(wave_id="w", title="t", allowed_buckets=many, at=AT)
    assert len(encode(wave)) < EVENT_BYTES_MAX
    padding = b" " * (EVENT_BYTES_MAX - len(encode(wave)))
    assert decoded(encode(wave) + padding) == struct_from(wave)
    too_large = CODEC.decode(encode(wave) + padding + b" ")
    assert too_large == Broken("too_large", "65537 bytes are more than the 65536 that an event may have")


def test_a_model_that_went_round_its_validation_is_not_encoded() -> None:
    forged = example(WaveCreated).model_copy(update={"title": "\ud800"})
    with pytest.raises(InvalidEvent, match="cannot be written as JSON"):
        encode(forged)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b" ", "not_json"),
        (b"nonsense", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":1}x', "not_json"),
        (b'{"a":"\x00"}', "not_json"),
        ('{"a":1}'.encode("utf-16"), "not_utf8"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
        (b"[]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"x" * (EVENT_BYTES_MAX + 1), "too_large"),
        (b"x" * 1_048_576, "too_large"),
    ],
)
def test_what_cannot_be_read_is_broken(value: bytes | None, code: str) -> None:
    found = CODEC.decode(value)
    assert isinstance(found, Broken)
    assert (found.kind, found.code) == ("broken", code)


def test_a_type_of_another_system_is_refused_in_this_one() -> None:
    class WaveSeen(Event):
        """Somebody saw a wave."""

        key_field: ClassVar[str] = "wave_id"

        type: Literal["elsewhere.wave_seen"] = "elsewhere.wave_seen"
        v: Literal[1] = 1
        wave_id: Identifier = Field(description="The wave.", examples=["w"])

    both = Catalogue([default_catalogue().systems["actions"], System("elsewhere", (WaveSeen,))])
    value = json.dumps(WaveSeen.example()).encode()
    assert isinstance(Codec(both).decode(value), EventStruct)
    found = Codec(both, "actions").decode(value)
    assert isinstance(found, Refused)
    assert found.code == "other_system"


def test_many_are_decoded_in_their_order() -> None:
    values = [encode(example(model)) for model in MODELS]
    found = CODEC.decode_many([*values, None, b"{}"])
    assert found[: len(values)] == [decoded(value) for value in values]
    assert [type(outcome) for outcome in found[len(values) :]] == [Broken, Refused]
