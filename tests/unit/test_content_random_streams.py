"""What the random logs of system 2 hold beside what those of every system do."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import pytest

from tests.simulation.content_oracle import ContentExpected, content_expected
from tests.simulation.content_oracle_reading import COUNTERS
from tests.simulation.content_random_streams import content_log
from tests.simulation.random_streams import Instruction, as_records

PARTITIONS: Final = 4
SEEDS: Final = range(6)
TYPES: Final = 24
OWNERS: Final = {"creators": "creator_id", "sounds": "sound_id"}


def outcome(log: Iterable[Instruction], partitions: int = PARTITIONS) -> ContentExpected:
    return content_expected(as_records(log), partitions)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_added_up_for_owners_is_what_their_videos_have(seed: int) -> None:
    result = outcome(content_log(seed, events=1500))
    for view, column in OWNERS.items():
        owned = [row for row in result.views["videos"] if row[column] is not None]
        for counter in COUNTERS:
            total = sum(_count(row[f"{counter}_total"]) for row in result.views[view])
            assert total == sum(_count(row[counter]) for row in owned), f"seed {seed}: {view}, {counter}"


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_together_the_seeds_hold_all_that_videos_may_come_to() -> None:
    rows: Counter[str] = Counter()
    for seed in SEEDS:
        views = outcome(content_log(seed, events=1500)).views
        rows["cut off"] += sum(bool(row["cut_off"]) for row in views["videos"])
        rows["stale"] += sum(bool(row["stale"]) for row in views["observations"])
        rows["not applied"] += sum(not row["applied"] for row in views["observations"])
        rows["other names"] += sum(row["name"] != row["hashtag"] for row in views["hashtags"])
    assert min(rows.values()) >= len(SEEDS), rows
