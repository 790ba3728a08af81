"""A thousand users set their weights at once, a fifth of them wrongly, some past the publisher: exactly the
valid ones stand, in the tables of a real worker and in those of a rebuild."""

import asyncio
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local_stack import LocalStack
from events import Publisher
from events.actions import ActionLogged, RippleJoined, WaveCreated
from events.catalogue import default_catalogue
from events.codec import encode
from events.distributions import Distribution, distributed
from events.envelope import Event
from events.partitioning import partition_of
from events.refusals import InvalidEvent
from events.topics import ensure_topics
from events.weights import UserDeleted, WeightsSet
from projections.weights.answers import PersonalImpact, Weights
from projections.weights.reader import Reader
from tests.integration.worker_process import PARTITIONS, Place, own_place, supervised
from tests.unit.made_events import BASE

SEED: Final = 6
USERS: Final = 1_000
INVALID_EACH: Final = 5
"""One user of so many sets weights that are refused."""
REMOVED: Final = "removed"

INVALID: Final[Mapping[str, Any]] = {
    "sum below 1": {"community": 0.5, "environment": 0.2, "workers": 0.1},
    "sum above 1": {"community": 0.5, "environment": 0.5, "workers": 0.01},
    "one is missing": {"community": 0.5, "environment": 0.5},
    "all are missing": {},
    "a fourth category": {"community": 0.5, "environment": 0.3, "workers": 0.1, "animals": 0.1},
    "thousandths": {"community": 0.305, "environment": 0.345, "workers": 0.35},
    "below 0": {"community": -0.1, "environment": 0.6, "workers": 0.5},
    "above 1": {"community": 1.5, "environment": -0.3, "workers": -0.2},
    "text": {"community": "0.5", "environment": 0.3, "workers": 0.2},
    "null": {"community": 1, "environment": 0, "workers": None},
    "no object": [0.5, 0.3, 0.2],
    "beyond all numbers": {"community": 10**40, "environment": 0.3, "workers": 0.2},
}
"""What the rule refuses, by what is wrong."""
AGAINST_STATE: Final = ("version_conflict", REMOVED)
"""What only the fold can refuse."""
CONTENDED: Final = "contended"
"""A user whose weights two writers set at once."""
SETTINGS_EACH: Final = 15
"""How often each writer sets them, each time after the version that the time before would have given."""


class Crowd:
    """What each user sends: valid events, and raw values that must become dead letters with a code."""

    def __init__(self) -> None:
        print(f"seed {SEED}")
        random = Random(SEED)
        self.before: list[Event] = []
        self.events: list[Event] = []
        self.raw: list[tuple[str, bytes]] = []
        self.valid: dict[str, Distribution] = {}
        self.dead: Counter[str] = Counter()
        self.contended: dict[int, WeightsSet] = {}
        """By offset in the log."""
        ways = [*INVALID, *AGAINST_STATE]
        for number in range(USERS):
            user_id = f"user {number}"
            if number % INVALID_EACH:
                self._add_valid(random, user_id)
            else:
                self._add_invalid(user_id, ways[number // INVALID_EACH % len(ways)])

    def _add_valid(self, random: Random, user_id: str) -> None:
        weights = distributed(*(random.randrange(50) + (place == 0) for place in range(3)))
        self.valid[user_id] = weights
        event = WeightsSet.new(user_id=user_id, weights=weights, actor=user_id, at=BASE)
        if random.random() < 0.5:
            self.events.append(event)
        else:
            self.raw.append((user_id, encode(event)))

    def _add_invalid(self, user_id: str, way: str) -> None:
        whole = Distribution.of((50, 30, 20))
        if way in AGAINST_STATE:
            self.dead[way] += 1
            expected = 0 if way == REMOVED else 1
            self.events.append(
                WeightsSet.new(user_id=user_id, weights=whole, expected_version=expected, at=BASE)
            )
            if way == REMOVED:
                self.before.append(UserDeleted.new(user_id=user_id, at=BASE))
            return
        with pytest.raises(InvalidEvent) as refused:
            WeightsSet.new(user_id=user_id, weights=INVALID[way], at=BASE)
        assert (refused.value.field, refused.value.problem.code) == ("weights", "invalid_distribution")
        self.dead["invalid_distribution"] += 1
        written = json.loads(encode(WeightsSet.new(user_id=user_id, weights=whole, at=BASE)))
        self.raw.append((user_id, json.dumps(written | {"weights": INVALID[way]}).encode()))

    @property
    def records(self) -> int:
        return len(self.before) + len(self.events) + len(self.raw) + len(self.contended)

    def winners(self) -> list[WeightsSet]:
        """The settings of the contended user that stand, by the order of the log."""
        won: list[WeightsSet] = []
        for _, event in sorted(self.contended.items()):
            if event.expected_version == len(won):
                won.append(event)
        return won


def deeds() -> list[Event]:
    """What two of the users did in waves of system 1."""
    categories = {"coast": "environment", "hall": "community", "plain": None}
    where: dict[str, Any] = {"ripple_id": "r", "bucket": "cleaning", "at": BASE}
    return [
        *(WaveCreated.new(wave_id=w, title=w, category=c, at=BASE) for w, c in categories.items()),
        *(
            ActionLogged.new(wave_id=w, action_id=f"{w} {number}", actor="user 1", **where)
            for number in range(3)
            for w in categories
        ),
        RippleJoined.new(wave_id="coast", ripple_id="r", actor="user 1", at=BASE),
        ActionLogged.new(wave_id="coast", action_id="unknown", actor="unknown", **where),
    ]


async def contend(publisher: Publisher, crowd: Crowd, share: int) -> None:
    """One of two writers."""
    for version in range(SETTINGS_EACH):
        event = WeightsSet.new(
            user_id=CONTENDED,
            weights=Distribution.of((share, 100 - share, 0)),
            expected_version=version,
            at=BASE,
        )
        crowd.contended[(await publisher.publish(event)).offset] = event


async def sent(place: Place, crowd: Crowd) -> None:
    """All at once, over two connections; what must come before comes before."""
    systems = default_catalogue().systems.values()
    await ensure_topics(place.kafka, systems, PARTITIONS, topic_prefix=place.topic_prefix)
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka, acks="all")
    await producer.start()
    try:
        async with Publisher(
            place.kafka, topic_prefix=place.topic_prefix, partitions=PARTITIONS
        ) as publisher:
            for event in (*crowd.before, *deeds()):
                await publisher.publish(event)
            await asyncio.gather(
                *(contend(publisher, crowd, share) for share in (10, 90)),
                *(publisher.publish(event) for event in crowd.events),
                *(
                    producer.send_and_wait(
                        f"{place.topic_prefix}.weights",
                        value,
                        key=user_id.encode(),
                        partition=partition_of(user_id, PARTITIONS),
                    )
                    for user_id, value in crowd.raw
                ),
            )
    finally:
        await producer.stop()


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture(scope="module")
def place(stack: LocalStack, crowd: Crowd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One worker of both systems has folded everything, and is gone."""
    folder: Path = tmp_path_factory.mktemp("weights")
    with own_place(stack, folder / "home") as place:
        asyncio.run(sent(place, crowd))
        with supervised(place, folder / "worker.log", "actions", "weights") as worker:
            worker.until_read(crowd.records + len(deeds()))
        yield place


def said(ended: "subprocess.CompletedProcess[str]") -> Any:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def stands_exactly(place: Place, crowd: Crowd) -> None:
    with psycopg.connect(place.postgres) as connection:
        current = connection.execute(
            "SELECT user_id, community, environment, workers, version FROM weights.current"
            " WHERE user_id <> 'contended'"
        ).fetchall()
        sums = connection.execute(
            "SELECT user_id, count(*), sum(weight) FROM weights.impact_weights GROUP BY user_id"
        ).fetchall()
    wanted = {(user, w.community, w.environment, w.workers, 1) for user, w in crowd.valid.items()}
    assert set(current) == wanted
    assert len(current) == USERS - USERS // INVALID_EACH
    assert {user for user, _, _ in sums} == {*crowd.valid, CONTENDED}
    assert {(rows, total) for _, rows, total in sums} == {(3, Decimal("1.00"))}


def test_exactly_the_valid_ones_stand(place: Place, crowd: Crowd) -> None:
    stands_exactly(place, crowd)
    with psycopg.connect(place.postgres) as connection:
        codes = connection.execute(
            "SELECT kind, code, count(*) FROM groundswell.dead_letters"
            " WHERE record_key <> 'contended'::bytea GROUP BY kind, code"
        ).fetchall()
    assert {(kind, code): count for kind, code, count in codes} == {
        ("refused", code): count for code, count in crowd.dead.items()
    }
    assert sum(crowd.dead.values()) == USERS // INVALID_EACH


def test_the_dead_letters_say_what_was_wrong(place: Place, crowd: Crowd) -> None:
    with psycopg.connect(place.postgres) as connection:
        rows = connection.execute("SELECT DISTINCT reason FROM groundswell.dead_letters").fetchall()
    reasons = {reason for (reason,) in rows}
    assert {
        "weights: sum is 0.80",
        "weights: sum is 1.01",
        "weights: workers is missing",
        "weights: 'animals' is no category",
        (
            "weights: community must be whole hundredths, is 0.305;"
            " environment must be whole hundredths, is 0.345"
        ),
    } <= {reason.replace("sum is 0.90; ", "") for reason in reasons}
    assert "user 'user 60' is at version 0, not 1" in reasons
    groups = said(place.run("dead-letters", "list", "--system", "weights", "--json"))
    lost = len(crowd.contended) - len(crowd.winners())
    assert sum(group["records"] for group in groups) == USERS // INVALID_EACH + lost


async def test_of_two_writers_the_first_in_the_log_wins_each_version(place: Place, crowd: Crowd) -> None:
    won = crowd.winners()
    async with Reader(place.postgres) as reader:
        page = await reader.history(CONTENDED)
        weights = await reader.weights(CONTENDED)
    assert [(row.version, row.event_id) for row in reversed(page.rows)] == [
        (version, str(event.id)) for version, event in enumerate(won, start=1)
    ]
    assert (weights.version, weights.community) == (len(won), won[-1].weights.community)
    with psycopg.connect(place.postgres) as connection:
        (row,) = connection.execute(
            "SELECT count(*) FROM groundswell.dead_letters"
            " WHERE code = 'version_conflict' AND reason LIKE '%contended%'"
        ).fetchall()
    assert row[0] == len(crowd.contended) - len(won) > 0


async def test_personal_impact_is_the_users_impact_times_the_users_weights(
    place: Place, crowd: Crowd
) -> None:
    async with Reader(place.postgres) as reader:
        known = await reader.personal_impact("user 1")
        unknown = await reader.personal_impact("unknown")
        idle = await reader.personal_impact("user 2")
        first = await reader.personal_impact("user 1", limit=1)
    weights = crowd.valid["user 1"]
    three, nothing = Decimal(3), Decimal(0)
    assert {row.wave_id: (row.impact, row.weight, row.personal_impact) for row in known.rows} == {
        "coast": (three, weights.environment, 3 * weights.environment),
        "hall": (three, weights.community, 3 * weights.community),
        "plain": (three, nothing, nothing),
    }
    assert known.total == 3 * (weights.environment + weights.community)
    assert (known.waves, len(known.rows), known.weights.is_default) == (3, 3, False)
    assert known.rows == sorted(known.rows, key=lambda row: (-row.personal_impact, row.wave_id))
    assert (first.rows, first.total, first.waves) == (known.rows[:1], known.total, 3)
    assert unknown.weights == Weights.default("unknown")
    assert (unknown.total, unknown.waves) == (Decimal("0.3"), 1)
    assert idle == PersonalImpact(idle.weights, nothing, 0, [])
    with psycopg.connect(place.postgres) as connection:
        (view,) = connection.execute(
            "SELECT array_agg((wave_id, personal_impact)::text ORDER BY wave_id) FROM weights.personal_impact"
        ).fetchall()
    assert len(view[0]) == 3


def test_a_rebuild_gives_the_same_rows_and_keeps_the_constraint(place: Place, crowd: Crowd) -> None:
    told = said(place.run("rebuild", "weights", "--promote", "--json"))
    assert told["promoted"]
    stands_exactly(place, crowd)
    with psycopg.connect(place.postgres) as connection:
        connection.execute(
            "UPDATE weights.impact_weights SET weight = weight + 0.01"
            " WHERE user_id = 'user 1' AND category = 'Workers'"
        )
        with pytest.raises(psycopg.errors.CheckViolation, match=r"weights of user 'user 1': 3 rows .* 1\.01"):
            connection.commit()
    assert said(place.run("verify", "weights", "--json"))["differences"] == 0


def test_a_valid_distribution_typed_by_hand_is_told_by_verify(place: Place, crowd: Crowd) -> None:
    """The constraint lets it through; no event says it."""
    weights = crowd.valid["user 1"]
    changed = "UPDATE weights.impact_weights SET weight = %s WHERE user_id = 'user 1' AND category = %s"
    with psycopg.connect(place.postgres) as connection:
        connection.execute(changed, (weights.workers, "Community"))
        connection.execute(changed, (weights.community, "Workers"))
    ended = place.run("verify", "weights", "--json")
    assert ended.returncode == 4, ended.stderr
    told = {
        table["table"]: {one["key"]["category"] for one in table["differences"]}
        for table in json.loads(ended.stdout)["tables"]
        if table["differences"]
    }
    assert told == {"impact_weights": {"Community", "Workers"}}
