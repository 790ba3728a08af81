"""`groundswell demo --exit` twice on real edits: each counts once, and every hour is closed as it should."""

import asyncio
import json
import re
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg
import pytest

from deploy.cli.wikipedia import edits_file, open_lines
from deploy.local_stack.maven import DownloadFailed
from events.codec import encode
from events.wikipedia import WikipediaEdits, last_time, ripple_id
from projections.actions.answers import LiveRipple
from projections.actions.reader import Reader
from tests.integration.worker_process import Place, folded, run
from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closed_ripple import ClosedRipple
from tests.simulation.oracle_closing import Close, expected_closes
from tests.simulation.oracle_envelope import LogRecord

EVENTS: Final = 74_573
RIPPLES: Final = 35_278
EDITS: Final = 39_244
BUSIEST: Final = ("#de.wikipedia", "#de.wikipedia:Wikipedia:Vandalismusmeldung", 33)
DEMO_SECONDS_MAX: Final = 150
ORACLE_SECONDS_MAX: Final = 120
PARTITIONS: Final = 4
HOUR: Final = timedelta(hours=1)
CLOSES_AFTER: Final = timedelta(minutes=10)
IN_LOG: Final = re.compile(
    r"in the log +(\S+) records = (\S+) applied \+ (\S+) duplicates \+ (\S+) dead letters"
)
CLOSED: Final = """
SELECT hour, wave_id, ripple_id, rank, score, actions_1h, actions_24h, participants, rank + rank_change
FROM actions.trending_scores ORDER BY hour, rank
"""
PARTS: Final = "SELECT count(*) FROM groundswell.outbox WHERE decision = 'hour_closed'"


@dataclass(frozen=True)
class InLog:
    """What the demo says of the log's records."""

    records: int
    applied: int
    duplicates: int
    dead: int


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


def live(place: Place) -> list[LiveRipple]:
    async def read() -> list[LiveRipple]:
        async with Reader(place.postgres) as reader:
            return await reader.live(limit=10)

    return asyncio.run(read())


def in_log(printed: str) -> InLog:
    found = IN_LOG.search(printed)
    assert found, printed
    return InLog(*(int(number.replace(",", "")) for number in found.groups()))


def parts(place: Place) -> int:
    """The records that closes of hours are."""
    with psycopg.connect(place.postgres) as connection:
        row = connection.execute(PARTS).fetchone()
    assert row is not None
    return int(row[0])


def counted(edits: Path) -> Counter[tuple[str, str]]:
    """The plainest count over the file: edits by channel and page."""
    count: Counter[tuple[str, str]] = Counter()
    with open_lines(edits) as lines:
        for line in lines:
            edit = json.loads(line)
            count[edit["channel"], ripple_id(edit["channel"], edit["page"])] += 1
    return count


def found_closes(place: Place) -> list[Close]:
    """All closes as the view shows them."""
    entries: dict[datetime, list[ClosedRipple]] = defaultdict(list)
    with psycopg.connect(place.postgres, options="-c timezone=UTC") as connection:
        for hour, *entry in connection.execute(CLOSED):
            entries[hour].append(ClosedRipple(*entry))
    return [Close(hour, tuple(ripples)) for hour, ripples in entries.items()]


def closes_of_file(edits: Path, place: Place, until: datetime) -> list[Close]:
    """The closes computed over the file, as the demo shifted it, of all its hours up to that end."""
    with psycopg.connect(place.postgres, options="-c timezone=UTC") as connection:
        row = connection.execute("SELECT min(at), max(at) FROM actions.action_log").fetchone()
    assert row is not None
    first, last = row
    with open_lines(edits) as lines:
        original = last_time(lines)
    assert original is not None
    made = WikipediaEdits(now=last, shift=last - original)
    values: list[bytes] = []
    with open_lines(edits) as lines:
        for line in lines:
            values += [encode(event) for event in made.events_of(line)]
    assert len(values) == EVENTS
    appended_ms = int(last.timestamp() * 1_000) + 1_000
    records = [LogRecord(0, offset, appended_ms, b"", value) for offset, value in enumerate(values)]
    begin = first.replace(minute=0, second=0, microsecond=0)
    hours = [begin + number * HOUR for number in range((until - begin) // HOUR)]
    print(f"computing {len(hours)} closes over the file")
    return expected_closes(records, hours)


@pytest.mark.timeout(2 * DEMO_SECONDS_MAX + ORACLE_SECONDS_MAX)
def test_the_demo_counts_every_edit_once_and_closes_every_hour_however_often_it_runs(
    place: Place, edits: Path
) -> None:
    began = datetime.now(UTC)
    first = demo(place)
    assert "51 waves + 35,278 ripples + 39,244 actions = 74,573 events" in first
    told = in_log(first)
    assert told == InLog(EVENTS + parts(place), EVENTS + parts(place), 0, 0)
    assert folded(place.postgres).applied == told.applied
    top = live(place)
    scores = [row.trending_score for row in top]
    assert scores == sorted(scores, reverse=True)
    assert all(str(row.title) in first for row in top)
    assert "actions by the hour" in first
    with psycopg.connect(place.postgres) as connection:
        rows = connection.execute(
            "SELECT wave_id, ripple_id, actions_total FROM actions.ripple_counters"
        ).fetchall()
    expected = counted(edits)
    assert len(rows) == len(expected) == RIPPLES
    assert sum(expected.values()) == EDITS
    assert {(wave, ripple): actions for wave, ripple, actions in rows} == expected
    assert BUSIEST in {(wave, ripple, actions) for wave, ripple, actions in rows}

    closes = found_closes(place)
    closed_until = max(closes[-1].hour + HOUR, began - CLOSES_AFTER)
    wanted = closes_of_file(edits, place, closed_until)
    assert len(wanted) >= 22
    assert not close_differences(closes, wanted)

    second = in_log(demo(place))
    assert second == InLog(2 * EVENTS + parts(place), EVENTS + parts(place), EVENTS, 0)
    assert _places(live(place)) == _places(top)
    again = found_closes(place)
    assert again[: len(closes)] == closes


def _places(top: list[LiveRipple]) -> list[tuple[int, str, int]]:
    return [(row.rank, row.ripple_id, row.actions_total) for row in top]
