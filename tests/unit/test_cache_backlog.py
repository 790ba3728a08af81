"""The backlog of the cache: in order, together where it helps, and never without end."""

from projections.actions.cached import CACHED
from projections.actions.tables import RIPPLES, USER_WAVES
from projections.redis.outbox import Entry
from projections.redis.touched import Minutes, Touched, TouchFinder, decoded, merged
from streams.cache_backlog import ENTRIES_MAX, TOGETHER_KEYS, Backlog


def entry(number: int, flushes: dict[int, int], *keys: str) -> Entry:
    return Entry(number, Touched({"user": [(key,) for key in keys]}), flushes)


def test_flushes_are_taken_together_in_their_order() -> None:
    backlog = Backlog()
    for number in (4, 5, 6):
        backlog.put(entry(number, {0: number, 1: number + 10}, f"user {number}"))
    batch = backlog.take()
    assert batch is not None
    assert batch.ids == [4, 5, 6]
    assert batch.runs() == [(0, 4, 6), (1, 14, 16)]
    assert not batch.hole


def test_a_missing_number_begins_another_run() -> None:
    backlog = Backlog()
    for number in (4, 5, 9):
        backlog.put(entry(number, {0: number}))
    batch = backlog.take()
    assert batch is not None
    assert batch.runs() == [(0, 4, 5), (0, 9, 9)]


def test_large_entries_come_alone() -> None:
    backlog = Backlog()
    for number in range(3):
        backlog.put(entry(number, {0: number}, *map(str, range(TOGETHER_KEYS - 1))))
    taken = []
    while batch := backlog.take():
        taken.append(batch.ids)
        backlog.finish(brought=True)
    assert taken == [[0], [1], [2]]
    assert backlog.done == [0, 1, 2]


def test_what_waits_too_long_is_dropped_and_leaves_a_hole() -> None:
    backlog = Backlog()
    for number in range(ENTRIES_MAX + 1):
        backlog.put(entry(number, {0: number}))
    batch = backlog.take()
    assert batch is not None
    assert batch.hole
    assert not batch.entries
    assert len(backlog.dropped) == ENTRIES_MAX + 1


def test_redis_must_have_what_was_brought_and_when_nothing_waits_all_of_it() -> None:
    backlog = Backlog()
    backlog.own({0: 3, 1: 8})
    assert backlog.expected() == {0: 3, 1: 8}
    backlog.put(entry(1, {0: 4}))
    assert backlog.expected() == {}
    assert backlog.take() is not None
    assert backlog.expected() == {}
    backlog.finish(brought=True)
    assert backlog.expected() == {0: 4, 1: 8}
    backlog.own({})
    assert backlog.expected() == {}


def test_keys_of_other_tables_and_of_counters_are_found_once() -> None:
    counters = {USER_WAVES: {("u", "w1"): [1], ("u", "w2"): [1], ("v", "w1"): [1]}}
    touched = TouchFinder(CACHED).find(counters, {RIPPLES: {("w", "r"): None}}, [("wave", ("w",))])
    assert sorted(touched.keys["user"]) == [("u",), ("v",)]
    assert touched.keys["ripple"] == [("w", "r")]
    assert touched.groups == {"wave": [("w",)]}
    assert decoded(touched.encoded()) == touched


def test_a_flush_with_too_many_keys_names_none() -> None:
    rows = {("w", str(number)): None for number in range(10_001)}
    touched = TouchFinder(CACHED).find({}, {RIPPLES: rows})
    assert touched.everything
    assert touched.count == 0


def test_merging_keeps_the_first_and_the_last_minute() -> None:
    together = merged(
        [Touched(minutes=Minutes(3, 4)), Touched({"user": [("u",)]}), Touched(minutes=Minutes(4, 6))]
    )
    assert together.minutes == Minutes(3, 6)
    assert together.keys == {"user": [("u",)]}
