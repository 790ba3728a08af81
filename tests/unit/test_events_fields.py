"""What the fields of an event take and refuse when it is made in Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from events.actions import ActionLogged, BucketWeightSet, RippleBoosted, WaveChanged, WaveCreated
from events.envelope import Event
from events.refusals import InvalidEvent, refusal_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def refused(model: type[Event], **changes: Any) -> tuple[str, str]:
    """Field and reason of the refusal of the type's example with these changes."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(model.example() | changes)
    refusal = refusal_of(caught.value)
    return refusal.field, refusal.reason


def accepted(model: type[Event], **changes: Any) -> Any:
    return model.model_validate(model.example() | changes)


@pytest.mark.parametrize("identifier", ["a", "a" * 300, "é" * 150, "😀" * 75, " ", "a b", "\xa0", "\u2028"])
def test_an_identifier_has_up_to_300_bytes(identifier: str) -> None:
    assert accepted(WaveCreated, wave_id=identifier).key == identifier


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [
        ("", "must not be empty"),
        ("a" * 301, "must have at most 300 characters, has 301"),
        ("é" * 151, "must have at most 300 bytes of UTF-8, has 302"),
        ("a\x00b", "must not hold a control character, has U+0000 at character 2"),
        ("a\nb", "must not hold a control character, has U+000A at character 2"),
        ("\x7f", "must not hold a control character, has U+007F at character 1"),
        ("\x9f", "must not hold a control character, has U+009F at character 1"),
        ("\ud800", "must not hold a lone surrogate, has U+D800 at character 1"),
        (5, "must be text, is 5"),
        (None, "must be text, is null"),
    ],
)
def test_an_identifier_is_refused_with_the_rule_and_the_value(identifier: object, reason: str) -> None:
    assert refused(WaveCreated, wave_id=identifier) == ("wave_id", reason)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Decimal("1.50"), "1.5"),
        (3, "3"),
        (0, "0"),
        (Decimal("-0.0"), "0"),
        (0.1, "0.1"),
        (Decimal("1E+2"), "100"),
        (Decimal("999999999999.999999"), "999999999999.999999"),
        (Decimal("0.0000010"), "0.000001"),
    ],
)
def test_a_quantity_is_kept_exactly_and_plainly(given: object, kept: str) -> None:
    assert str(accepted(ActionLogged, quantity=given).quantity) == kept


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Decimal("-0.000001"), "must be from 0 to 999999999999.999999, is -0.000001"),
        (Decimal("1000000000000"), "must be from 0 to 999999999999.999999, is 1000000000000"),
        (10**400, "must be from 0 to 999999999999.999999, is a whole number of 1329 bits"),
        (Decimal("0.0000001"), "must have at most 6 digits after the point, has 7"),
        (Decimal("NaN"), "must be a finite number, is NaN"),
        (float("inf"), "must be a finite number, is Infinity"),
        (True, "must be a number, is true"),
        ("5", "must be a number, is '5'"),
    ],
)
def test_a_quantity_is_refused_with_the_rule_and_the_value(given: object, reason: str) -> None:
    assert refused(ActionLogged, quantity=given) == ("quantity", reason)


def test_a_binary_float_is_taken_only_where_it_is_what_was_written() -> None:
    assert accepted(ActionLogged, quantity=0.3).quantity == Decimal("0.3")
    field, reason = refused(ActionLogged, quantity=0.1 + 0.2)
    assert field == "quantity"
    assert reason.startswith("must be exact, is the binary float 0.30000000000000004: give it as Decimal(")


@pytest.mark.parametrize("points", [1, 1000])
def test_points_have_two_limits_included(points: int) -> None:
    assert accepted(RippleBoosted, points=points).points == points


@pytest.mark.parametrize("points", [0, 1001, -1, 2**70, 1.0, "1", True, None])
def test_points_outside_the_limits_or_of_another_kind_are_refused(points: object) -> None:
    assert refused(RippleBoosted, points=points)[0] == "points"


def test_times_are_kept_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert accepted(WaveCreated, at=datetime(2026, 11, 21, 21, tzinfo=tokyo)).at == NOON
    assert accepted(WaveCreated, at="2026-11-21T21:00:00+09:00").at.tzinfo is UTC


class _NoOffset(tzinfo):
    def utcoffset(self, moment: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize(
    ("at", "part"),
    [
        ("2026-11-21T12:00:00", "has none: add Z or an offset"),
        (datetime(2026, 11, 21, 12), "has none"),  # noqa: DTZ001 - without zone on purpose
        (datetime(2026, 11, 21, 12, tzinfo=_NoOffset()), "has none"),
        ("1999-12-31T23:59:59Z", "must lie in the years 2000 to 8999"),
        ("9000-01-01T00:00:00Z", "must lie in the years 2000 to 8999"),
        ("9999-12-31T23:59:59-14:00", "must lie in the years 2000 to 8999"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), "must lie in the years"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "must lie in the years"),
        ("2026-11-21", "must be a time as in RFC 3339"),
        ("yesterday", "must be a time as in RFC 3339"),
        (1_700_000_000, "must be a time such as 2026-11-21T10:00:00Z, is 1700000000"),
    ],
)
def test_a_time_is_refused_with_the_reason(at: object, part: str) -> None:
    field, reason = refused(WaveCreated, at=at)
    assert field == "at"
    assert part in reason


def test_an_id_is_a_uuid_of_any_version() -> None:
    identity = UUID(int=7)
    assert accepted(WaveCreated, id=identity).id == identity
    assert refused(WaveCreated, id="7") == ("id", "must be a UUID, is '7'")


def test_buckets_are_named_once_and_kept_as_a_tuple() -> None:
    assert accepted(WaveCreated, allowed_buckets=["b", "a"]).allowed_buckets == ("b", "a")
    twice = "must not name an entry twice, names 'a' 2 times"
    assert refused(WaveCreated, allowed_buckets=["a", "b", "a"]) == ("allowed_buckets", twice)
    assert refused(WaveCreated, allowed_buckets=[])[1] == "must have 1 to 100 entries, has 0"
    assert refused(WaveCreated, allowed_buckets="ab")[1] == "must be a list, is 'ab'"
    assert refused(WaveCreated, allowed_buckets=["a", "b" * 61])[0] == "allowed_buckets.1"


def test_a_title_is_not_empty() -> None:
    assert refused(WaveCreated, title="") == ("title", "must not be empty")
    assert refused(WaveCreated, title="a" * 201) == ("title", "must have at most 200 characters, has 201")


def test_a_change_names_something_and_tells_null_from_left_out() -> None:
    bare = {name: WaveChanged.example()[name] for name in ("id", "type", "v", "at", "wave_id")}
    with pytest.raises(ValidationError) as caught:
        WaveChanged.model_validate(bare)
    assert "give at least one of title, allowed_buckets" in refusal_of(caught.value).reason
    assert WaveChanged.model_validate(bare | {"category": None}).model_fields_set == {*bare, "category"}
    assert refused(WaveChanged, title=None) == ("title", "must be text, is null")


@pytest.mark.parametrize(
    ("effective_from", "well"),
    [
        (NOON - timedelta(days=31), True),
        (NOON - timedelta(days=31, hours=1), False),
        (NOON + timedelta(days=366), True),
        (NOON + timedelta(days=366, hours=1), False),
        (NOON + timedelta(minutes=1), False),
    ],
)
def test_a_weight_takes_effect_on_a_whole_hour_about_now(effective_from: datetime, well: bool) -> None:
    if well:
        assert accepted(BucketWeightSet, at=NOON, effective_from=effective_from).reference
    else:
        assert refused(BucketWeightSet, at=NOON, effective_from=effective_from)[0] == "effective_from"


def test_a_weight_takes_effect_on_a_whole_hour_of_utc_whatever_its_zone() -> None:
    half = "2026-11-21T10:30:00+05:30"
    assert accepted(BucketWeightSet, effective_from=half).effective_from == NOON - timedelta(hours=7)


def test_an_event_is_immutable() -> None:
    event = accepted(WaveCreated)
    with pytest.raises(ValidationError):
        event.title = "other"


def test_new_makes_an_id_of_version_7_and_takes_the_time_from_the_clock() -> None:
    event = WaveCreated.new(wave_id="w", title="t", clock=lambda: NOON)
    assert (event.id.version, event.at, event.actor_type) == (7, NOON, "user")
    assert WaveCreated.new(wave_id="w", title="t", at=NOON, id=event.id) == event


def test_new_says_which_field_is_wrong_and_where_to_read_on() -> None:
    with pytest.raises(InvalidEvent, match=r"actor: must say who did it.*events show actions\.") as caught:
        ActionLogged.new(wave_id="w", ripple_id="r", action_id="a", bucket="b")
    assert caught.value.field == "actor"
