"""The benchmark's filled tables, without a clock: every question of `make bench` is answered over them."""

import pytest

from tests.benchmarks import in_sql, reads_race
from tests.benchmarks.contest import Absent, Heat
from tests.benchmarks.forest import ForestSize, forest
from tests.benchmarks.reads_race import reads
from tests.benchmarks.reads_tables import Size
from tests.benchmarks.servers import Servers


@pytest.mark.parametrize(
    "heat",
    [reads(Size(ripples=300, cells=30_000, users=200)), forest(ForestSize(entries=2_000, users=400))],
    ids=["actions", "interactions"],
)
async def test_each_question_of_the_benchmark_is_answered(
    heat: Heat, postgres: str, redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reads_race, in_sql):
        monkeypatch.setattr(module, "ASKED", 12)
    names = frozenset(contestant.name for contestant in heat.contestants)
    servers = Servers("kafka is not asked", postgres, redis, None, None)
    async with heat.prepare(servers, names) as races:
        assert races.keys() == names
        for name, race in races.items():
            assert not isinstance(race, Absent)
            run = await race()
            assert run.answered_ms is not None
            assert (name, run.events, run.differences) == (name, 12, ())
