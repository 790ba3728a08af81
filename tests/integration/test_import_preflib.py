"""`groundswell import preflib`: a real file of votes: folded, calculated and assigned by real processes."""

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from deploy.local_stack import LocalStack
from tests.integration.imported_file import ImportedFile
from tests.integration.refusals import assert_refused
from tests.integration.worker_process import PROJECT, Place, answer, own_place, run, supervised, until

VOTES: Final = PROJECT.parent / "shared" / "data" / "preflib-agh" / "00009-00000001.soc"
PERIOD: Final = "preflib-00009-00000001"
COURSES: Final = 9
VOTERS: Final = 146
CAPACITY: Final = 17
LEAST_COST: Final = 347
METRICS: Final = "rankings.topic_metrics"


class Import(ImportedFile):
    """The file of votes."""

    system: ClassVar[str] = "rankings"
    views: ClassVar[tuple[str, ...]] = (
        "periods", "students", "topics", "rankings", "changes", "topic_metrics", "topic_trends",
        "assignments", "assignment_runs",
    )  # fmt: skip

    def metrics(self, *columns: str) -> dict[str, tuple[Any, ...]]:
        """These columns of each topic."""
        return {row[0]: row[1:] for row in self.rows(f"SELECT topic_id, {', '.join(columns)} FROM {METRICS}")}


def told(place: Place, *arguments: str) -> Any:
    """What the command tells as JSON."""
    ended = place.run(*arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def imported(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = told(place, "import", "preflib", str(VOTES), "--capacity", str(CAPACITY))
    return found


@pytest.fixture(scope="module")
def real(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Import]:
    """The real file: imported, folded and calculated; topics are assigned; the worker is gone."""
    if not VOTES.exists():
        pytest.skip(f"{VOTES} is not there")
    home = tmp_path_factory.mktemp("preflib") / "home"
    with own_place(stack, home) as place:
        found = imported(place)
        with supervised(place, home.parent / "worker.log", "rankings") as worker:
            folded = worker.until_read(found["events"])
            assert (folded.applied, folded.duplicates, folded.dead) == (found["events"], 0, 0)
            stale = "SELECT count(*) FROM rankings.periods WHERE is_stale"
            until("the metrics are calculated", lambda: answer(place.postgres, stale) == 0, worker)
            told(place, "assign", PERIOD)
            runs = "SELECT count(*) FROM rankings.assignment_runs"
            until("the assignment is folded", lambda: answer(place.postgres, runs) == 1, worker)
        yield Import(place, found)


def test_voters_are_students_and_alternatives_topics(real: Import) -> None:
    assert real.told | {"seconds": 0} == {
        "period_id": PERIOD,
        "topics": COURSES,
        "students": VOTERS,
        "rankings": VOTERS,
        "events": 1 + COURSES + 2 * VOTERS,
        "seconds": 0,
    }
    assert real.rows("SELECT period_id, title, topics, open FROM rankings.periods") == [
        (PERIOD, "2003 Registration", COURSES, True)
    ]
    assert real.rows("SELECT count(*) FROM rankings.students") == [(VOTERS,)]
    assert real.rows("SELECT count(*) FROM rankings.rankings") == [(VOTERS * COURSES,)]
    assert real.rows("SELECT DISTINCT capacity FROM rankings.topics") == [(CAPACITY,)]


def test_each_course_is_as_contested_as_a_count_over_the_file_says(real: Import) -> None:
    found = real.metrics("round(average, 4)", "round(standard_deviation, 4)", "category")

    assert found["1"] == (Decimal("6.9589"), Decimal("2.3169"), "low")
    assert found["3"][:2] == (Decimal("4.0068"), Decimal("2.1849"))
    assert found["6"][0] == Decimal("4.4110")
    assert found["9"] == (1, 0, "very-high")
    assert set(real.metrics("students").values()) == {(VOTERS,)}


def test_each_position_is_counted(real: Import) -> None:
    found = real.metrics("distribution")
    assert found["3"] == ([0, 46, 44, 7, 10, 13, 9, 11, 6],)

    counts: dict[str, list[int]] = {str(course): [0] * COURSES for course in range(1, COURSES + 1)}
    for line in VOTES.read_text().splitlines():
        if not line.startswith("#"):
            voters, _, order = line.partition(":")
            for place, course in enumerate(order.split(",")):
                counts[course.strip()][place] += int(voters)
    assert {course: distribution for course, (distribution,) in found.items()} == counts


def test_percentiles_go_down_from_the_most_contested_course(real: Import) -> None:
    found = real.metrics("percentile")
    assert [found[course][0] for course in "936452781"] == [
        Decimal(100) - Decimal("12.5") * place for place in range(COURSES)
    ]


def test_the_assignment_has_the_least_cost(real: Import) -> None:
    assert real.rows("SELECT algorithm, cost, students, assigned FROM rankings.assignment_runs") == [
        ("hungarian", LEAST_COST, VOTERS, VOTERS)
    ]
    given = real.rows("SELECT topic_id, count(*), sum(position) FROM rankings.assignments GROUP BY topic_id")
    assert max(students for _, students, _ in given) <= CAPACITY
    assert sum(positions for _, _, positions in given) == LEAST_COST


def test_the_command_line_tells_the_same(real: Import) -> None:
    contested = told(real.place, "rankings", "topics", PERIOD, "--category", "very-high")
    assert [row["title"] for row in contested] == ["Course 9"]
    course = told(real.place, "rankings", "topic", PERIOD, "3")
    assert course["distribution"] == [0, 46, 44, 7, 10, 13, 9, 11, 6]
    (run_found,) = told(real.place, "rankings", "runs", PERIOD)["rows"]
    assert run_found["cost"] == LEAST_COST


def test_importing_twice_changes_nothing(real: Import) -> None:
    real.assert_again_changes_nothing(lambda: imported(real.place))


def test_a_packed_file_is_read_and_a_broken_one_publishes_nothing(real: Import, tmp_path: Path) -> None:
    packed = tmp_path / "votes.soc.gz"
    packed.write_bytes(gzip.compress(VOTES.read_bytes()))
    elsewhere = told(real.place, "import", "preflib", str(packed), "--period", "elsewhere")
    assert (elsewhere["period_id"], elsewhere["students"]) == ("elsewhere", VOTERS)

    tied = tmp_path / "tied.soc"
    tied.write_text(VOTES.read_text().replace("4: 9,2,5", "4: {9,2},5"))
    cut = tmp_path / "cut.soc.gz"
    cut.write_bytes(packed.read_bytes()[:-20])
    for file, code, said in (
        (tied, 2, f"{tied}: line 22: has a tie"),
        (cut, 1, "the input cannot be read on"),
        (tmp_path / "none.soc", 2, "No such file"),
    ):
        ended = run("import", "preflib", str(file), environment=real.place.environment)
        assert_refused(ended, said, code)
