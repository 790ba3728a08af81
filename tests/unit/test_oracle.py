"""The oracle against cases worked out by hand: it judges the engine, so it must be right by itself."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.murmur2 import murmur2, partition_of_key
from tests.simulation.oracle import COPY_HEADER, LogRecord, expected
from tests.simulation.oracle_handwritten import HOUR, NOON, NOON_MS, Log, announced


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_the_java_client(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed


def test_a_negative_hash_loses_its_sign_bit() -> None:
    assert partition_of_key("21", 12) == 1_173_551_340 % 12 == 0


def test_ten_conversations_and_four_plannings_weigh_eighteen() -> None:
    log = announced()
    for number in range(14):
        log.action(f"a{number}", "conversation" if number < 10 else "planning", quantity=2, unit="talks")
    views = log.expected().views
    assert views["ripple_counters"] == [
        {
            "ripple_id": "r",
            "wave_id": "w",
            "title": "Left bank",
            "actions_total": 14,
            "impact": Decimal("18.0"),
            "participants": 1,
            "boost_points": 0,
            "last_action_at": NOON,
            "version": 15,
        }
    ]
    assert [row["impact"] for row in views["activity"]] == [Decimal(8), Decimal(10)]
    assert views["waves"][0] == {
        "wave_id": "w",
        "title": "River",
        "allowed_buckets": None,
        "category": None,
        "what_we_count": None,
        "ripples": 1,
        "actions": 14,
        "impact": Decimal(18),
        "created_at": NOON,
    }
    times = {"first_action_at": NOON, "last_action_at": NOON}
    sums: dict[str, object] = {"actions": 14, "impact": Decimal(18), "ripples_joined": 0, **times}
    assert views["user_waves"] == [{"user_id": "anna", "wave_id": "w", **sums}]
    details = {"waves": 1, "by_category": {"none": Decimal(18)}, "achievements": {"talks": Decimal(28)}}
    assert views["user_impact_summaries"] == [{"user_id": "anna", **sums, **details}]


def without_versions(log: Log) -> dict[str, list[dict[str, object]]]:
    views = log.expected().views
    for row in views["ripple_counters"]:
        del row["version"]
    return views


def test_retracting_and_leaving_give_back_exactly_what_was_counted() -> None:
    before = without_versions(announced().action("a1"))
    log = announced().action("a1").action("a2", actor="ben", at=(NOON - HOUR).isoformat(), quantity=3)
    log.add("ripple_joined", actor="ben").retract("a2", actor="carla").add("ripple_left", actor="ben")
    assert without_versions(log) == before
    assert log.ripple()["version"] == 6


@pytest.mark.parametrize("deletion", ["ripple_deleted", "wave_deleted"])
def test_deleting_takes_everything_away_and_refuses_what_comes_later(deletion: str) -> None:
    log = announced().action("a1").add("ripple_joined", actor="ben").add("ripple_boosted", points=5)
    log.add(deletion).action("a2").retract("a1").add("ripple_created", title="again").add(deletion)
    result = log.expected()
    assert [dead.code for dead in result.dead] == ["removed"] * 4
    emptied = {name: rows for name, rows in result.views.items() if name not in ("waves", "bucket_weights")}
    assert not any(emptied.values())
    assert [row["ripples"] for row in result.views["waves"]] == ([0] if deletion == "ripple_deleted" else [])


def test_deleting_an_unknown_wave_or_ripple_is_for_ever() -> None:
    assert Log().add("wave_deleted").add("wave_created", title="t").codes() == ["removed"]
    assert Log().add("ripple_deleted").action("a1").codes() == ["removed"]


def test_action_ids_stay_taken_in_their_wave_after_retraction_and_after_their_ripple_is_gone() -> None:
    log = Log().action("a1").retract("a1").action("a1").action("a1", ripple_id="other")
    log.action("a2", ripple_id="gone").add("ripple_deleted", ripple_id="gone").action("a2")
    result = log.expected()
    assert (result.counts[0].duplicates, result.views["action_log"]) == (3, [])
    assert log.action("a1", wave_id="other wave").expected().counts[0].duplicates == 3


def test_a_retraction_that_comes_first_makes_its_action_count_nothing() -> None:
    log = Log().retract("a1", ripple_id="elsewhere").action("a1").action("a1")
    result = log.expected()
    assert (result.counts[0].applied, result.counts[0].duplicates) == (2, 1)
    assert [result.views[name] for name in ("waves", "ripple_counters", "user_waves")] == [[], [], []]
    log = Log().retract("a1", ripple_id="gone").add("ripple_deleted", ripple_id="gone").action("a1")
    assert log.expected().views["action_log"] == []


def test_a_retraction_names_the_ripple_of_its_action() -> None:
    log = Log().action("a1").retract("a1", ripple_id="other").retract("a1").retract("a1")
    assert log.codes() == ["ripple_mismatch"]
    assert log.expected().counts[0].applied == 3


def test_stubs_are_filled_in_by_their_announcement() -> None:
    log = Log().action("a1")
    (wave,) = log.expected().views["waves"]
    assert (wave["title"], wave["created_at"], wave["ripples"], log.ripple()["title"]) == (
        None,
        None,
        1,
        None,
    )
    log.add("wave_created", title="River", at=(NOON - HOUR).isoformat()).add("ripple_changed", title="Left")
    (wave,) = log.expected().views["waves"]
    assert (wave["title"], wave["created_at"], log.ripple()["title"]) == ("River", NOON - HOUR, "Left")


def test_a_ripple_shows_when_announced_acted_in_joined_or_boosted() -> None:
    log = Log().add("ripple_left", ripple_id="left").retract("a9", ripple_id="retracted")
    log.add("ripple_joined", ripple_id="joined").add("ripple_boosted", ripple_id="boosted", points=1)
    log.add("ripple_changed", ripple_id="changed", title="t").action("a1", ripple_id="acted")
    shown = [row["ripple_id"] for row in log.expected().views["ripple_counters"]]
    assert shown == ["acted", "boosted", "changed", "joined"]
    assert log.add("ripple_left", ripple_id="left", actor="ben").expected().views["waves"][0]["ripples"] == 4


def test_creating_a_wave_again_overwrites_all_but_created_at() -> None:
    log = Log().add("wave_created", title="a", category="workers", allowed_buckets=["planning"])
    log.add("wave_created", title="b", what_we_count="kg", at=(NOON + timedelta(minutes=1)).isoformat())
    (wave,) = log.expected().views["waves"]
    assert (wave["title"], wave["category"], wave["allowed_buckets"]) == ("b", None, None)
    assert (wave["what_we_count"], wave["created_at"]) == ("kg", NOON)


def test_changing_a_wave_keeps_what_is_absent_and_clears_what_is_null() -> None:
    log = Log().add("wave_changed", category="workers", what_we_count="kg", allowed_buckets=["planning"])
    log.add("wave_changed", what_we_count=None)
    (wave,) = log.expected().views["waves"]
    assert (wave["title"], wave["created_at"], wave["what_we_count"]) == (None, None, None)
    assert (wave["category"], wave["allowed_buckets"]) == ("workers", ["planning"])


def test_a_wave_allows_the_buckets_of_its_list_as_it_is_at_that_point() -> None:
    log = Log().action("a1", "cleaning").add("wave_changed", allowed_buckets=["planning"])
    log.add("wave_changed", title="t").action("a2", "cleaning").action("a3", "planning")
    log.add("wave_changed", allowed_buckets=None)
    log.action("a2", "cleaning")
    assert log.codes() == ["bucket_not_allowed"]
    assert log.ripple()["actions_total"] == 3


def test_a_known_action_in_a_bucket_that_is_no_longer_allowed_is_a_duplicate() -> None:
    log = Log().action("a1", "cleaning").add("wave_changed", allowed_buckets=["planning"])
    assert log.action("a1", "cleaning").codes() == []
    assert log.add("ripple_deleted").action("a1", "cleaning").codes() == ["removed"]


def test_participants_are_the_users_who_are_joined_or_have_a_live_action() -> None:
    log = Log().action("a1", actor="anna").add("ripple_joined", actor="anna")
    log.add("ripple_joined", actor="ben").add("ripple_joined", actor="ben").action("a2", actor="carla")
    assert (log.ripple()["participants"], log.ripple()["version"]) == (3, 5)
    log.add("ripple_left", actor="anna").add("ripple_left", actor="ben").retract("a2")
    assert log.ripple()["participants"] == 1


def test_a_summary_adds_up_the_waves_of_a_user() -> None:
    log = Log().add("wave_created", wave_id="green", title="t", category="environment")
    log.action("a1", "planning", wave_id="green", quantity=1.5, unit="kg", at=(NOON - HOUR).isoformat())
    log.action("a1", "planning", quantity=0, unit="trees").action("a2", quantity=9).action("a3", unit="kg")
    log.add("ripple_joined", wave_id="third")
    (summary,) = log.expected().views["user_impact_summaries"]
    assert summary == {
        "user_id": "anna",
        "actions": 4,
        "impact": Decimal(7),
        "ripples_joined": 1,
        "waves": 3,
        "first_action_at": NOON - HOUR,
        "last_action_at": NOON,
        "by_category": {"environment": Decimal("2.5"), "none": Decimal("4.5")},
        "achievements": {"kg": Decimal("1.5"), "trees": Decimal(0)},
    }
    third = log.expected().row("user_waves", wave_id="third")
    assert third is not None
    assert (third["actions"], third["first_action_at"]) == (0, None)


def test_a_weight_set_late_re_derives_the_actions_from_its_hour_on() -> None:
    log = Log().action("a1", at=(NOON - timedelta(microseconds=1)).isoformat()).action("a2")
    log.weight("cleaning", 3.5, NOON, actor=None)
    assert log.ripple()["impact"] == Decimal("4.5")
    assert [(row["hour"], row["impact"]) for row in log.expected().views["activity"]] == [
        (NOON - HOUR, Decimal(1)),
        (NOON, Decimal("3.5")),
    ]
    log.weight("cleaning", 2, NOON - HOUR)
    assert log.ripple()["impact"] == Decimal("5.5")
    rows = log.expected().views["bucket_weights"]
    assert [(row["bucket"], row["multiplier"], row["set_by"]) for row in rows] == [
        ("cleaning", Decimal(2), "anna"),
        ("cleaning", Decimal("3.5"), None),
        ("conversation", Decimal("0.8"), None),
        ("planning", Decimal("2.5"), None),
    ]


def test_for_one_bucket_and_hour_the_later_weight_wins_then_the_greater_id() -> None:
    low, high = str(UUID(int=1 << 100)), str(UUID(int=2 << 100)).upper()
    log = Log().action("a1").weight("cleaning", 5, NOON, id=high).weight("cleaning", 7, NOON, id=low)
    assert log.ripple()["impact"] == Decimal(5)
    other = Log().action("a1").weight("cleaning", 7, NOON, id=low).weight("cleaning", 5, NOON, id=high)
    assert other.ripple()["impact"] == Decimal(5)
    log.weight("cleaning", 9, NOON, at=(NOON - HOUR).isoformat())
    assert log.ripple()["impact"] == Decimal(5)
    log.weight("cleaning", 11, NOON, at=(NOON + timedelta(seconds=1)).isoformat())
    assert log.ripple()["impact"] == Decimal(11)


def test_a_weight_counts_in_the_partitions_that_got_their_copy() -> None:
    log = Log(partitions=4)
    waves = {partition_of_key(f"w{number}", 4): f"w{number}" for number in range(40)}
    for wave in waves.values():
        log.action("a1", wave_id=wave)
    original = log.event(
        "bucket_weight_set", bucket="cleaning", multiplier=3, effective_from=NOON.isoformat()
    )
    del original["wave_id"], original["ripple_id"]
    value = json.dumps(original).encode()
    log.raw(value, partition_of_key("cleaning", 4))
    assert {row["impact"] for row in log.expected().views["waves"]} == {Decimal(1)}
    assert len(log.expected().views["bucket_weights"]) == 2
    log.raw(value, 2, (COPY_HEADER, b"2")).raw(value, 2, (COPY_HEADER, b"2")).raw(
        value, 1, (COPY_HEADER, b"2")
    )
    result = log.expected()
    assert {row["wave_id"]: row["impact"] for row in result.views["waves"]} == {
        wave: Decimal(3 if partition == 2 else 1) for partition, wave in waves.items()
    }
    assert result.counts[2].duplicates == 1
    assert [(dead.partition, dead.code) for dead in result.dead] == [(1, "wrong_partition")]


def test_an_id_counts_again_after_the_window_of_its_partition() -> None:
    boosts = [LogRecord(0, offset, NOON_MS, b"", value, ()) for offset, value in _boosts(0, 3)]
    assert expected(boosts, 1, duplicate_window=3).counts[0].duplicates == 1
    boosts = [LogRecord(0, offset, NOON_MS, b"", value, ()) for offset, value in _boosts(0, 4)]
    assert expected(boosts, 1, duplicate_window=3).counts[0].applied == 2
    # A duplicate does not begin the window anew, the event that counts again does.
    boosts = [LogRecord(0, offset, NOON_MS, b"", value, ()) for offset, value in _boosts(0, 3, 4, 7, 8)]
    counts = expected(boosts, 1, duplicate_window=3).counts[0]
    assert (counts.read, counts.applied, counts.duplicates) == (5, 3, 2)


def _boosts(*offsets: int) -> list[tuple[int, bytes]]:
    value = json.dumps(Log().event("ripple_boosted", points=1)).encode()
    return [(offset, value) for offset in offsets]


def test_offsets_that_do_not_rise_are_an_error_of_the_caller() -> None:
    records = [LogRecord(0, offset, NOON_MS, b"", value, ()) for offset, value in _boosts(4, 4)]
    with pytest.raises(ValueError, match="record 0:4 comes after a later one"):
        expected(records, 1)


def test_the_id_of_a_dead_event_is_free() -> None:
    log = Log().add("wave_changed", allowed_buckets=["planning"]).action("a1", id=str(UUID(int=99)))
    log.add("wave_changed", allowed_buckets=None).action("a1", id=str(UUID(int=99)))
    assert log.codes() == ["bucket_not_allowed"]
    assert log.ripple()["actions_total"] == 1


def test_an_id_in_capitals_is_the_same_and_in_another_partition_another() -> None:
    waves = {partition_of_key(f"w{number}", 2): f"w{number}" for number in range(20)}
    log = Log(partitions=2)
    for wave in (waves[0], waves[0], waves[1]):
        event_id = str(UUID(int=0xABC << 100))
        log.action(f"a{len(log.records)}", wave_id=wave, id=event_id.upper() if log.records else event_id)
    counts = log.expected().counts
    assert (counts[0].applied, counts[0].duplicates, counts[1].applied) == (1, 1, 1)


def test_at_may_lie_five_minutes_ahead_of_the_append_time() -> None:
    edge = NOON + timedelta(minutes=5)
    log = Log().action("a1", at=edge.isoformat())
    assert log.action("a2", at=(edge + timedelta(microseconds=1)).isoformat()).codes() == ["at_ahead"]
    assert log.action("a3", at="2026-11-01T18:05:00+06:00").expected().counts[0].applied == 2


def test_a_value_may_have_64_kib() -> None:
    value = json.dumps(Log().event("ripple_joined")).encode()
    assert Log().raw(value.ljust(65_536)).expected().counts[0].applied == 1
    assert Log().raw(value.ljust(65_537)).codes() == ["too_large"]


def test_eighteen_digits_stay_exact_as_a_number_and_are_refused_as_a_text() -> None:
    value = json.dumps(Log().event("action_logged", action_id="a1", bucket="b", quantity="Q"))
    (row,) = Log().raw(value.replace('"Q"', "123456789012.345678").encode()).expected().views["action_log"]
    assert row["quantity"] == Decimal("123456789012.345678")
    assert Log().raw(value.replace("Q", "123456789012.345678").encode()).codes() == ["invalid_field"]
