"""The duplicate window against the plainest model: a list of all (id, offset) that were ever applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.duplicates import DUPLICATE_WINDOW_OFFSETS, DuplicateWindow, packed

ID_BITS: Final = 128
HALVES: Final = (0, 1, 2**63, 2**64 - 1)
"""Sixteen ids of them: each half is shared by four, and signs and byte orders would show."""
ALIKE: Final = tuple(high << 64 | low for high in HALVES for low in HALVES)


@dataclass(frozen=True)
class Batch:
    """Records of one batch: their ids, their offsets, and which of them are refused by their rule."""

    ids: tuple[int, ...]
    offsets: tuple[int, ...]
    refused: tuple[bool, ...]


class NaiveWindow:
    """Remembers everything and looks at all of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.applied: list[tuple[int, int]] = []

    def known(self, identity: int, offset: int) -> bool:
        return any(other == identity and at >= offset - self.size for other, at in self.applied)


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Batches of consecutive records; offsets have gaps, some as wide as a whole window."""
    ids = st.sampled_from(ALIKE) | st.integers(0, 2**ID_BITS - 1)
    record = st.tuples(ids, st.integers(1, 3) | st.integers(1, 12), st.booleans())
    drawn = draw(st.lists(st.lists(record, max_size=8), max_size=12))
    offset, made = -1, []
    for records in drawn:
        offsets = []
        for _, gap, _ in records:
            offset += gap
            offsets.append(offset)
        made.append(
            Batch(tuple(r[0] for r in records), tuple(offsets), tuple(r[2] for r in records)),
        )
    return made


@given(batches(), st.integers(0, 12))
@settings(max_examples=400, deadline=None)
def test_what_is_known_is_exactly_what_was_applied_within_the_window(log: list[Batch], size: int) -> None:
    window, naive = DuplicateWindow(size), NaiveWindow(size)
    for batch in log:
        expected = [naive.known(*record) for record in zip(batch.ids, batch.offsets, strict=True)]
        assert window.known(packed(list(batch.ids)), list(batch.offsets)) == expected
        applied = [
            record
            for record, known, refused in zip(
                zip(batch.ids, batch.offsets, strict=True), expected, batch.refused, strict=True
            )
            if not known and not refused
        ]
        window.add(packed([identity for identity, _ in applied]), [offset for _, offset in applied])
        naive.applied += applied


@given(batches(), st.integers(0, 12), st.lists(st.booleans(), max_size=100))
@settings(max_examples=100, deadline=None)
def test_it_does_not_matter_how_the_ids_came_in(log: list[Batch], size: int, cuts: list[bool]) -> None:
    """Loaded at once after a take-over, or added in any parts while folding: the answers are the same."""
    records = [record for batch in log for record in zip(batch.ids, batch.offsets, strict=True)]
    whole, parts = DuplicateWindow(size), DuplicateWindow(size)
    _add(whole, records)
    part: list[tuple[int, int]] = []
    for record, cut in zip(records, [*cuts, *[False] * len(records)], strict=False):
        part.append(record)
        if cut:
            _add(parts, part)
            part = []
    _add(parts, part)
    end = records[-1][1] + 1 if records else 0
    for offset in range(end, end + size + 2):
        questions = (packed(list(ALIKE)), [offset] * len(ALIKE))
        assert whole.known(*questions) == parts.known(*questions)


def test_the_window_ends_between_two_offsets() -> None:
    window = DuplicateWindow(size=10)
    window.add(packed([7]), [100])
    assert window.known(packed([7, 7, 7]), [101, 110, 111]) == [True, True, False]


def test_an_id_applied_again_behind_the_window_is_known_anew() -> None:
    window = DuplicateWindow(size=10)
    window.add(packed([7]), [100])
    window.add(packed([7]), [111])
    assert window.known(packed([7, 7]), [121, 122]) == [True, False]


def test_half_an_id_is_not_enough() -> None:
    window = DuplicateWindow()
    window.add(packed([5 << 64 | 9, 6 << 64 | 9]), [0, 1])
    asked = [7 << 64 | 9, 6 << 64 | 9, 5 << 64 | 9, 5 << 64 | 8]
    assert window.known(packed(asked), [2, 3, 4, 5]) == [False, True, True, False]


def test_nothing_is_known_of_nothing() -> None:
    window = DuplicateWindow()
    window.add(b"", [])
    assert window.known(b"", []) == []
    assert window.known(packed([0, 2**ID_BITS - 1]), [0, 1]) == [False, False]
    assert len(window) == 0


def test_a_window_at_its_real_size_against_a_dictionary() -> None:
    """Two and a half windows, a third of the records sent again from up to two windows back."""
    random = Random(1)
    size = DUPLICATE_WINDOW_OFFSETS // 10
    window, last, sent = DuplicateWindow(size), dict[int, int](), list[int]()
    offset = 0
    while offset < 2.5 * size:
        ids = [_sent_again(random, sent, size) or random.getrandbits(ID_BITS) for _ in range(1_500)]
        ids = list(dict.fromkeys(ids))
        offsets = list(range(offset, offset + len(ids)))
        expected = [last.get(i, -size - 1) >= at - size for i, at in zip(ids, offsets, strict=True)]
        assert window.known(packed(ids), offsets) == expected
        fresh = [(i, at) for i, at, known in zip(ids, offsets, expected, strict=True) if not known]
        _add(window, fresh)
        last.update(fresh)
        sent += ids
        offset += len(ids)
    assert len(last) < len(sent), "hardly anything was sent again"
    assert len(window) < 2 * size, "ids beyond the window are let go"


def _sent_again(random: Random, sent: Sequence[int], size: int) -> int | None:
    if not sent or random.random() > 1 / 3:
        return None
    return sent[-random.randint(1, min(len(sent), 2 * size))]


def _add(window: DuplicateWindow, records: Sequence[tuple[int, int]]) -> None:
    window.add(packed([identity for identity, _ in records]), [offset for _, offset in records])
