"""`groundswell demo --exit` twice on real edits: each is counted, and none is counted twice."""

import asyncio
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Final

import psycopg
import pytest

from deploy.cli.wikipedia import edits_file, open_lines
from deploy.local_stack.maven import DownloadFailed
from events.wikipedia import ripple_id
from projections.actions.answers import Top
from projections.actions.reader import Reader
from tests.integration.worker_process import Place, folded, run

EVENTS: Final = 74_573
RIPPLES: Final = 35_278
EDITS: Final = 39_244
LEADER: Final = ("#de.wikipedia", "#de.wikipedia:Wikipedia:Vandalismusmeldung", 33)
DEMO_SECONDS_MAX: Final = 150
PARTITIONS: Final = 4


@pytest.fixture
def edits() -> Path:
    try:
        return edits_file()
    except DownloadFailed as error:
        pytest.skip(f"the edits cannot be fetched: {error}")


@pytest.fixture
def place(kafka: str, postgres: str, redis: str, tmp_path: Path) -> Place:
    return Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home", PARTITIONS)


def demo(place: Place) -> str:
    """Runs it; answers what it prints."""
    ended = run("demo", "--exit", environment=place.environment, timeout=DEMO_SECONDS_MAX)
    log = place.home / "logs" / "worker.log"
    said = log.read_text()[-8_000:] if log.exists() else "no worker ran"
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}\n{said}"
    return str(ended.stdout)


def top_of(place: Place) -> Top:
    async def read() -> Top:
        async with Reader(place.postgres) as reader:
            return await reader.top(hours=24, limit=10)

    return asyncio.run(read())


def counted(edits: Path) -> Counter[tuple[str, str]]:
    """The plainest count over the file: edits by channel and page."""
    count: Counter[tuple[str, str]] = Counter()
    with open_lines(edits) as lines:
        for line in lines:
            edit = json.loads(line)
            count[edit["channel"], ripple_id(edit["channel"], edit["page"])] += 1
    return count


@pytest.mark.timeout(2 * DEMO_SECONDS_MAX + 60)
def test_the_demo_counts_every_edit_once_however_often_it_runs(place: Place, edits: Path) -> None:
    first = demo(place)
    assert "51 waves + 35,278 ripples + 39,244 actions = 74,573 events" in first
    assert "74,573 records = 74,573 applied + 0 duplicates + 0 dead letters" in first
    assert folded(place.postgres).applied == EVENTS
    top = top_of(place)
    leader = top.ripples[0]
    assert (leader.wave_id, leader.ripple_id, leader.actions) == LEADER
    assert "Vandalismusmeldung" in first
    with psycopg.connect(place.postgres) as connection:
        rows = connection.execute(
            "SELECT wave_id, ripple_id, actions_total FROM actions.ripple_counters"
        ).fetchall()
    expected = counted(edits)
    assert len(rows) == len(expected) == RIPPLES
    assert sum(expected.values()) == EDITS
    assert {(wave, ripple): actions for wave, ripple, actions in rows} == expected

    second = demo(place)
    assert "149,146 records = 74,573 applied + 74,573 duplicates + 0 dead letters" in second
    now = folded(place.postgres)
    assert (now.applied, now.duplicates, now.dead) == (EVENTS, EVENTS, 0)
    assert top_of(place) == top
    assert _table(second) == _table(first)


def _table(printed: str) -> list[str]:
    """The lines of the Top 10."""
    lines = printed.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("Top 10"))
    return lines[begin : begin + 14]
