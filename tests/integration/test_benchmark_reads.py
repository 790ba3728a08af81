"""The benchmark's filled tables, without a clock: every question of `make bench` is answered over them."""

import pytest

from tests.benchmarks import reads_race
from tests.benchmarks.contest import Absent
from tests.benchmarks.reads_race import reads
from tests.benchmarks.reads_tables import Size
from tests.benchmarks.servers import Servers


async def test_each_question_of_the_benchmark_is_answered(
    postgres: str, redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads_race, "ASKED", 12)
    heat = reads(Size(ripples=300, cells=30_000, users=200))
    names = frozenset(contestant.name for contestant in heat.contestants)
    servers = Servers("kafka is not asked", postgres, redis, None, None)
    async with heat.prepare(servers, names) as races:
        assert races.keys() == names
        for name, race in races.items():
            assert not isinstance(race, Absent)
            run = await race()
            assert run.answered_ms is not None
            assert (name, run.events, run.differences) == (name, 12, ())
