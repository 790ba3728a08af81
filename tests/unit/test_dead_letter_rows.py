"""Dead letters as rows: what Postgres takes, cut to its lengths, and alike where the fault is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from events.refusals import Broken
from events.refusals import Refused as RefusedAtDecoding
from streams.dead_letters import REASON_CHARACTERS_MAX, TRACEBACK_CHARACTERS_MAX, Cause, dead_letter, storable
from streams.engine_tables import DeadLetter
from streams.folding import Refused
from tests.simulation.engine_run import StoredRecord

APPENDED_MS: Final = 1_763_726_400_123


def row(cause: Cause, offset: int = 7, value: bytes | None = b"{") -> DeadLetter:
    record = StoredRecord(offset, APPENDED_MS, b"key", value)
    return dead_letter("actions", 2, "groundswell.actions", 3, record, cause)


def raised(fault: Callable[[Any], object], value: Any) -> Exception:
    """What the fault raises, with its traceback."""
    try:
        fault(value)
    except Exception as error:  # noqa: BLE001 - whatever it raises is asked for
        return error
    raise AssertionError("nothing was raised")


def divided(value: Any) -> object:
    return 1 / (value - value)


def looked_up(value: Any) -> object:
    return {}[value]


def test_a_dead_letter_keeps_the_record_and_its_place() -> None:
    found = row(Broken("not_json", "not JSON: no value at character 1"), offset=41, value=b"\x00\xff")
    assert (found.system, found.generation) == ("actions", 2)
    assert (found.topic, found.partition, found.record_offset) == ("groundswell.actions", 3, 41)
    assert found.appended_at == datetime(2025, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
    assert (found.record_key, found.record_value) == (b"key", b"\x00\xff")


def test_a_tombstone_has_no_value() -> None:
    assert row(Broken("empty", "the value is empty"), value=None).record_value is None


@pytest.mark.parametrize(
    ("cause", "kind", "code", "reason"),
    [
        (Broken("empty", "the value is empty"), "broken", "empty", "the value is empty"),
        (
            RefusedAtDecoding("invalid_field", "note", "is too long"),
            "refused",
            "invalid_field",
            "note: is too long",
        ),
        (Refused("removed", "wave 'w' was removed"), "refused", "removed", "wave 'w' was removed"),
        (ValueError("a bug"), "failed", "ValueError", "a bug"),
    ],
)
def test_what_is_no_refusal_is_our_fault(cause: Cause, kind: str, code: str, reason: str) -> None:
    found = row(cause)
    assert (found.kind, found.code, found.reason) == (kind, code, reason)
    assert (found.traceback is not None) == (kind == "failed")


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "\ud800", "a\udfffb\ud800", "\ud83d\ude00\x00"])
def test_a_reason_that_postgres_would_refuse_is_made_storable(text: str) -> None:
    for cause in (
        Broken("not_json", text),
        RefusedAtDecoding("invalid_field", text, text),
        Refused("removed", text),
        ValueError(text),
    ):
        found = row(cause)
        for written in (found.reason, found.traceback or ""):
            assert "\0" not in written
            written.encode()
        assert len(found.fingerprint) == 12


def test_what_can_be_stored_stays_as_it_is() -> None:
    text = "tab\t newline\n quote' backslash\\ ünïcode 🌊"
    assert storable(text, 100) == text
    assert storable(text, 3) == "tab"


def test_reasons_and_tracebacks_are_cut() -> None:
    found = row(raised(int, "x" * 100_000))
    long = row(ValueError("y" * 100_000))
    assert len(long.reason) == REASON_CHARACTERS_MAX
    assert found.traceback is not None
    assert len(found.traceback) <= TRACEBACK_CHARACTERS_MAX
    assert "in raised" in found.traceback


def test_cutting_never_leaves_half_a_character() -> None:
    long = row(Broken("not_json", "🌊" * REASON_CHARACTERS_MAX * 2))
    assert long.reason == "🌊" * REASON_CHARACTERS_MAX


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Refused("removed", "wave 'a' was removed"), Refused("removed", "wave 'long name' was removed")),
        (Refused("removed", "wave 'a' was removed"), Refused("removed", 'wave "o\'brien" was removed')),
        (Broken("too_large", "70000 bytes are more"), Broken("too_large", "1048000 bytes are more")),
        (
            Broken("not_json", "not JSON: Expecting value at character 1"),
            Broken("not_json", "not JSON: Expecting value at character 17"),
        ),
        (
            RefusedAtDecoding("invalid_field", "quantity", "must be at least 0, is -1"),
            RefusedAtDecoding("invalid_field", "quantity", "must be at least 0, is -0.25"),
        ),
        (
            RefusedAtDecoding("at_ahead", "at", "is too far ahead: 2031-01-01T00:00:00+00:00"),
            RefusedAtDecoding("at_ahead", "at", "is too far ahead: 2031-01-01T00:00:00.5+00:00"),
        ),
        (raised(divided, 1), raised(divided, 2.5)),
        (raised(looked_up, "a"), raised(looked_up, ("b", "c"))),
    ],
    ids=["quoted", "quoted otherwise", "number", "place", "field", "field with a time", "division", "lookup"],
)
def test_the_same_fault_on_two_records_has_one_fingerprint(one: Cause, other: Cause) -> None:
    assert row(one, offset=1, value=b"one").fingerprint == row(other, offset=2, value=b"two").fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Refused("removed", "wave 'a' was removed"), Refused("removed", "ripple 'a' was removed")),
        (Refused("removed", "gone"), Refused("bucket_not_allowed", "gone")),
        (Broken("not_json", "same"), Refused("not_json", "same")),
        (
            RefusedAtDecoding("invalid_field", "quantity", "same"),
            RefusedAtDecoding("invalid_field", "note", "same"),
        ),
        (raised(divided, 1), raised(lambda value: 1 / (value - value), 1)),
        (raised(looked_up, "a"), raised(lambda value: [][value], 1)),
    ],
    ids=["what", "code", "kind", "field", "place in the code", "error"],
)
def test_another_fault_has_another_fingerprint(one: Cause, other: Cause) -> None:
    assert row(one).fingerprint != row(other).fingerprint


def test_an_error_without_a_traceback_is_told_by_its_words() -> None:
    assert row(ValueError("a bug at 1")).fingerprint == row(ValueError("a bug at 22")).fingerprint
    assert row(ValueError("a bug")).fingerprint != row(ValueError("another bug")).fingerprint
