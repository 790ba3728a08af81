"""What is gathered between two flushes: one entry per distinct row, and what a flush is made of."""

from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest

from projections.postgres.flush import PositionMove
from projections.tables import CounterTable, StateTable
from streams.dead_letters import dead_letter
from streams.engine_tables import DEAD_LETTERS, ENGINE_TABLES
from streams.folding import Refused
from streams.gathering import GATHERED_DEAD_BYTES_MAX, Gathering
from streams.pace import GATHERED_ROWS_MAX
from tests.simulation.engine_run import StoredRecord

TOPIC: Final = "groundswell.tallies"
NOON_MS: Final = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1000)


class Newest(msgspec.Struct, frozen=True):
    tally: str
    place: int
    amount: int


NEWEST: Final = StateTable("newest", Newest, key_width=2)
TOTALS: Final = CounterTable("totals", {"tally": str}, {"amount": int, "events": int})


def gathering() -> Gathering:
    return Gathering((NEWEST, TOTALS, *ENGINE_TABLES))


def record(offset: int) -> StoredRecord:
    return StoredRecord(offset, NOON_MS, b"sheep", b"{}")


def move(partition: int, **counts: int) -> PositionMove:
    return PositionMove(TOPIC, partition, epoch=4, expected=10, next_offset=11, **counts)


def test_nothing_is_gathered_at_first() -> None:
    empty = gathering()
    assert empty.is_empty
    assert not empty.is_full
    assert (empty.rows, empty.records, empty.dead_bytes) == (0, 0, 0)
    assert empty.flush().moves == []


def test_counters_add_up_from_zero_in_a_row_of_their_own() -> None:
    gathered = gathering()
    gathered.counters[TOTALS]["sheep",][0] += 5
    gathered.counters[TOTALS]["sheep",][1] += 1
    gathered.counters[TOTALS]["goats",][0] -= 2
    assert gathered.counters[TOTALS] == {("sheep",): [5, 1], ("goats",): [-2, 0]}


def test_a_row_is_put_under_its_key_and_replaces_the_one_before() -> None:
    gathered = gathering()
    gathered.put(NEWEST, Newest("sheep", 1, 5))
    gathered.put(NEWEST, Newest("sheep", 2, 6))
    gathered.put(NEWEST, Newest("sheep", 1, 7))
    assert gathered.states[NEWEST] == {
        ("sheep", 1): Newest("sheep", 1, 7),
        ("sheep", 2): Newest("sheep", 2, 6),
    }
    assert gathered.rows == 2


def test_only_a_position_makes_it_worth_a_flush() -> None:
    gathered = gathering()
    gathered.counters[TOTALS]["sheep",][0] += 5
    assert gathered.is_empty
    gathered.moves[0] = move(0)
    assert not gathered.is_empty


def test_a_flush_has_its_positions_in_the_order_in_which_they_are_locked() -> None:
    gathered = gathering()
    for partition in (3, 0, 2):
        gathered.moves[partition] = move(partition)
        gathered.read(partition, [record(10), record(11)])
    flush = gathered.flush()
    assert [m.partition for m in flush.moves] == [0, 2, 3]
    assert flush.records == 6
    assert flush.counters.keys() == {TOTALS}
    assert flush.states.keys() == {NEWEST, *ENGINE_TABLES}


def test_it_is_full_at_so_many_distinct_rows() -> None:
    gathered = gathering()
    sums = gathered.counters[TOTALS]
    for number in range(GATHERED_ROWS_MAX - 1):
        sums[str(number),][0] += 1
    sums["0",][0] += 1
    assert not gathered.is_full
    gathered.put(NEWEST, Newest("sheep", 1, 5))
    assert gathered.is_full


def test_it_is_full_at_so_many_bytes_of_dead_letters() -> None:
    gathered = gathering()
    gathered.dead_bytes = GATHERED_DEAD_BYTES_MAX - 1
    assert not gathered.is_full
    gathered.dead_bytes += 1
    assert gathered.is_full


@pytest.mark.parametrize(
    ("slices", "only"),
    [
        ([], None),
        ([1], 10),
        ([2], None),
        ([1, 1], None),
        ([1, 3], None),
        ([3, 1], None),
    ],
)
def test_a_record_is_remembered_while_it_is_the_only_one(slices: list[int], only: int | None) -> None:
    gathered, offset = gathering(), 10
    for length in slices:
        gathered.read(1, [record(offset + number) for number in range(length)])
        offset += length
    assert gathered.records == sum(slices)
    assert gathered.only == (None if only is None else (1, record(only)))


@pytest.mark.parametrize("page_first", [True, False])
def test_a_record_beside_a_page_of_a_chore_is_not_alone(page_first: bool) -> None:
    """What Postgres refuses may be the page's fault: the record must not be put aside for it."""
    gathered = gathering()
    if page_first:
        gathered.visit()
    gathered.read(1, [record(10)])
    if not page_first:
        gathered.visit()
    assert gathered.only is None


def test_the_only_record_is_put_aside_without_what_it_changed() -> None:
    refused = gathering()
    refused.moves[1] = move(1, applied=1)
    refused.read(1, [record(10)])
    refused.put(NEWEST, Newest("sheep", 1, 666))
    refused.counters[TOTALS]["sheep",][0] += 666
    letter = dead_letter("tallies", 1, TOPIC, 1, record(10), Refused("bad", "it is bad"))
    aside = refused.aside(letter).flush()
    assert aside.moves == [move(1, dead=1)]
    assert aside.records == 1
    assert aside.counters == {TOTALS: {}}
    assert {table: rows for table, rows in aside.states.items() if rows} == {
        DEAD_LETTERS: {("tallies", 1, TOPIC, 1, 10): letter}
    }


def test_a_record_that_was_a_duplicate_is_counted_as_dead_instead() -> None:
    refused = gathering()
    refused.moves[1] = move(1, duplicates=1)
    refused.read(1, [record(10)])
    letter = dead_letter("tallies", 1, TOPIC, 1, record(10), Refused("bad", "it is bad"))
    assert refused.aside(letter).flush().moves == [move(1, dead=1)]


def test_positions_of_other_partitions_still_move_when_a_record_is_put_aside() -> None:
    """Another partition may have moved past control records only, so the record is still the only one."""
    refused = gathering()
    refused.moves[0] = move(0)
    refused.moves[1] = move(1, applied=1)
    refused.read(1, [record(10)])
    letter = dead_letter("tallies", 1, TOPIC, 1, record(10), Refused("bad", "it is bad"))
    assert refused.aside(letter).flush().moves == [move(0), move(1, dead=1)]
