"""What the events of the content system take and refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import default_catalogue
from events.codec import EVENT_BYTES_MAX, Codec, encode
from events.content import (
    SYSTEM,
    CommentDeleted,
    CommunityChanged,
    CommunityCreated,
    CreatorChanged,
    CreatorRegistered,
    LeaderboardClosed,
    Reconciled,
    SoundChanged,
    SoundRegistered,
    VideoChanged,
    VideoJoinedCommunity,
    VideoMetricsObserved,
    VideoPublished,
    VideoViewed,
)
from events.content_decisions import LEADERBOARD_KINDS, LEADERBOARD_PERIODS, LEADERBOARD_SORTS
from events.envelope import Event
from events.refusals import refusal_of
from events.shifting import Shift
from events.structs import EventStruct, is_hot, struct_from

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
COUNTERS = ("views", "likes", "comments", "shares", "saves")
CODEC = Codec(system="content")
DECISIONS = (LeaderboardClosed, Reconciled)


def refused(model: type[Event], **changes: Any) -> tuple[str, str]:
    """Field and reason of the refusal of the type's example with these changes."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(model.example() | changes)
    refusal = refusal_of(caught.value)
    return refusal.field, refusal.reason


def accepted(model: type[Event], **changes: Any) -> Any:
    return model.model_validate(model.example() | changes)


def decoded(document: dict[str, Any]) -> EventStruct:
    found = CODEC.decode(json.dumps(document).encode())
    assert isinstance(found, EventStruct), found
    return found


def bare(model: type[Event]) -> dict[str, Any]:
    """The example of a type without its optional fields."""
    return {name: value for name, value in model.example().items() if name not in model.optional_fields()}


def test_the_system_has_its_topic_and_its_types() -> None:
    assert default_catalogue().systems["content"] is SYSTEM
    assert SYSTEM.topic("test") == "test.content"
    assert len(SYSTEM.types) == 24


@pytest.mark.parametrize("model", SYSTEM.types, ids=lambda model: model.type_name())
def test_all_but_decisions_take_the_fast_way(model: type[Event]) -> None:
    assert is_hot(model) == (model not in DECISIONS)


@pytest.mark.parametrize("model", SYSTEM.types, ids=lambda model: model.type_name())
def test_the_key_is_the_video_where_there_is_one(model: type[Event]) -> None:
    event = accepted(model)
    keys = [getattr(event, name, None) for name in ("video_id", "creator_id", "sound_id", "community_id")]
    expected = "decisions" if model in DECISIONS else next(key for key in keys if key)
    assert event.key == struct_from(event).key == expected


def test_an_increment_counts_one_unless_it_says_more() -> None:
    assert decoded(bare(VideoViewed)).count == 1
    assert accepted(CommentDeleted, count=1_000_000).count == 1_000_000
    for count in (0, -1, 1_000_001, 1.0, "1", None, True):
        assert refused(VideoViewed, count=count)[0] == "count"


def test_an_observation_gives_at_least_one_total() -> None:
    for counter in COUNTERS:
        found = decoded(bare(VideoMetricsObserved) | {counter: 0})
        expected = [0 if name == counter else None for name in COUNTERS]
        assert [getattr(found, name) for name in COUNTERS] == expected
    with pytest.raises(ValidationError) as caught:
        VideoMetricsObserved.model_validate(bare(VideoMetricsObserved))
    assert str(refusal_of(caught.value)) == f"event: says nothing: give at least one of {', '.join(COUNTERS)}"


@pytest.mark.parametrize("total", [None, -1, 2**63, 1.5, "1"])
def test_an_observed_total_is_a_count_and_never_null(total: object) -> None:
    assert refused(VideoMetricsObserved, saves=total)[0] == "saves"


def test_what_was_not_observed_is_not_written() -> None:
    event = VideoMetricsObserved.new(video_id="v", likes=2**63 - 1, at=TEN)
    assert {*json.loads(encode(event))} == {"type", "id", "v", "at", "video_id", "likes"}


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (CreatorChanged, "username"),
        (SoundChanged, "title"),
        (CommunityChanged, "name"),
        (VideoChanged, "creator_id"),
        (VideoChanged, "published_at"),
    ],
)
def test_what_a_thing_cannot_be_without_is_not_cleared(model: type[Event], field: str) -> None:
    assert refused(model, **{field: None})[0] == field


@pytest.mark.parametrize("model", [CreatorChanged, SoundChanged, CommunityChanged, VideoChanged])
def test_a_change_may_name_one_field_and_clear_it(model: type[Event]) -> None:
    kept = {"username", "title", "name", "creator_id", "published_at"}
    for field in set(model.optional_fields()) - kept:
        found = decoded(bare(model) | {field: None})
        given = [name for name in model.optional_fields() if getattr(found, name) or name == field]
        assert (given, getattr(found, field)) == ([field], None)


@pytest.mark.parametrize(
    ("model", "field", "characters"),
    [
        (CreatorRegistered, "username", 100),
        (CreatorRegistered, "bio", 500),
        (SoundRegistered, "title", 300),
        (CommunityCreated, "name", 100),
        (CommunityCreated, "description", 1_000),
        (VideoPublished, "caption", 2_200),
        (VideoPublished, "description", 5_000),
    ],
)
def test_text_has_its_length_in_characters(model: type[Event], field: str, characters: int) -> None:
    assert len(getattr(accepted(model, **{field: "é" * characters}), field)) == characters
    reason = f"must have at most {characters} characters, has {characters + 1}"
    assert refused(model, **{field: "é" * (characters + 1)}) == (field, reason)


def test_a_flag_is_true_or_false() -> None:
    assert accepted(CreatorRegistered, verified=False).verified is False
    assert accepted(CreatorRegistered, verified=None).verified is None
    for value in (0, 1, "true"):
        assert refused(CreatorRegistered, verified=value)[0] == "verified"


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (VideoPublished, "hashtags"),
        (VideoPublished, "communities"),
        (VideoChanged, "hashtags"),
        (CommunityCreated, "linked_hashtags"),
    ],
)
def test_a_list_has_up_to_50_entries_and_none_twice(model: type[Event], field: str) -> None:
    fifty = tuple(f"{number}" for number in range(50))
    assert getattr(accepted(model, **{field: fifty}), field) == fifty
    assert getattr(accepted(model, **{field: []}), field) == ()
    assert getattr(accepted(model, **{field: None}), field) is None
    assert refused(model, **{field: [*fifty, "x"]}) == (field, "must have 0 to 50 entries, has 51")
    assert refused(model, **{field: ["a", "a"]})[1] == "must not name an entry twice, names 'a' 2 times"


def test_hashtags_that_are_only_normalised_alike_are_taken() -> None:
    assert accepted(VideoPublished, hashtags=["#DIY", "diy"]).hashtags == ("#DIY", "diy")


def test_an_announcement_may_leave_out_all_but_what_it_announces() -> None:
    found = decoded(bare(VideoPublished))
    assert [getattr(found, name) for name in VideoPublished.optional_fields()] == [None] * 8
    assert refused(VideoPublished, creator_id=None)[0] == "creator_id"
    assert refused(VideoJoinedCommunity, community_id=None)[0] == "community_id"


def test_a_video_moves_in_time_with_its_publication() -> None:
    before, by = TEN - timedelta(days=1), timedelta(minutes=90)
    shift = Shift(default_catalogue(), by)
    found = shift.moved(struct_from(accepted(VideoPublished, at=TEN, published_at=before)))
    assert isinstance(found, EventStruct)
    assert (found.at, found.published_at) == (TEN + by, before + by)
    unsaid = VideoChanged.new(video_id="v", caption="c", at=TEN)
    found = shift.moved(struct_from(unsaid))
    assert found == struct_from(unsaid.model_copy(update={"at": TEN + by}))


def place(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = LeaderboardClosed.example()["entries"][0]
    return first | changes


def test_an_hour_has_fifty_leaderboards() -> None:
    assert len(LEADERBOARD_PERIODS) * len(LEADERBOARD_KINDS) * len(LEADERBOARD_SORTS) == 50


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (0, "0"),
        (-7, "-7"),
        (Decimal("-0.00"), "0"),
        (Decimal("-12.50"), "-12.5"),
        (Decimal("10011100.00"), "10011100"),
        (2**63, "9223372036854775808"),
        (Decimal(f"-{'9' * 33}.99"), f"-{'9' * 33}.99"),
        (10**33, f"1{'0' * 33}"),
    ],
)
def test_a_leaderboard_holds_exact_values_also_below_zero(given: object, kept: str) -> None:
    event = accepted(LeaderboardClosed, entries=[place(value=given)])
    assert str(event.entries[0].value) == kept
    again = CODEC.decode(encode(event))
    assert again == struct_from(event)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Decimal("0.001"), "must have at most 2 digits after the point, has 3"),
        (Decimal("-1.005"), "must have at most 2 digits after the point, has 3"),
        (Decimal("NaN"), "must be a finite number, is NaN"),
        ("1", "must be a number, is '1'"),
        (10**33 + 1, f"must be from -1{'0' * 33} to 1{'0' * 33}, is a whole number of 110 bits"),
        (10**4_000, f"must be from -1{'0' * 33} to 1{'0' * 33}, is a whole number of 13288 bits"),
    ],
)
def test_a_leaderboards_value_is_refused_with_the_reason(value: object, reason: str) -> None:
    assert refused(LeaderboardClosed, entries=[place(value=value)]) == ("entries.0.value", reason)


def test_a_leaderboard_has_up_to_a_hundred_places() -> None:
    hundred = [place(id=f"v{rank}", rank=rank, previous_rank=None) for rank in range(1, 101)]
    assert len(accepted(LeaderboardClosed, entries=hundred).entries) == 100
    assert accepted(LeaderboardClosed, entries=[]).entries == ()
    assert refused(LeaderboardClosed, entries=[*hundred, place()])[0] == "entries"
    assert refused(LeaderboardClosed, entries=[place(rank=101)])[0] == "entries.0.rank"
    assert refused(LeaderboardClosed, period="2h")[0] == "period"


def test_a_leaderboard_of_long_ids_and_large_values_fits_an_event() -> None:
    value = Decimal(f"-{'9' * 33}.99")
    places = [place(id="é" * 147 + f"{rank:03}", rank=rank, value=value) for rank in range(1, 101)]
    assert len(encode(accepted(LeaderboardClosed, entries=places))) < EVENT_BYTES_MAX


def test_a_leaderboard_is_decided_as_of_the_end_of_its_hour() -> None:
    assert accepted(LeaderboardClosed, hour=TEN - timedelta(hours=1), at=TEN).hour.hour == 9
    assert refused(LeaderboardClosed, hour=TEN, at=TEN)[0] == "hour"


def test_a_reconciliation_tells_up_to_a_hundred_differences() -> None:
    detail = Reconciled.example()["details"][0]
    assert len(accepted(Reconciled, details=[detail] * 100).details) == 100
    assert accepted(Reconciled, details=[]).details == ()
    assert refused(Reconciled, details=[detail] * 101)[0] == "details"
    assert refused(Reconciled, days=0)[0] == "days"
    assert refused(Reconciled, days=36_501)[0] == "days"
