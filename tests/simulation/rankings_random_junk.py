"""Records of system 4 that must not count: each breaks exactly one rule, and says its verdict."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final

from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_dead import JUNK_ID, JunkMaker, Refused
from tests.simulation.random_json import Fields
from tests.simulation.rankings_oracle_reading import CAPACITY_MAX, POSITION_MAX, UPDATES_MAX
from tests.simulation.rankings_random_world import RankingsWorld, key_of

_INVALID: Final = "invalid_field"
_UPDATE: Final[Fields] = {"topic_id": "databases", "position": 1}


def _update(**own: object) -> Fields:
    return {"updates": [_UPDATE | own]}


_REFUSED_RANKINGS: Final[Refused] = {
    "unknown type": ("unknown_type", {"type": "rankings.period_exploded"}),
    "type of another system": ("unknown_type", {"type": "actions.wave_deleted"}),
    "period that was never opened": ("unknown_period", {}),
    "undo in a period that was never opened": (
        "unknown_field",
        {"type": "rankings.rankings_undone"},
    ),
    "no updates": (_INVALID, {"updates": []}),
    "too many updates": (
        _INVALID,
        {"updates": [_UPDATE | {"topic_id": f"t{n}"} for n in range(UPDATES_MAX + 1)]},
    ),
    "updates in an object": (_INVALID, {"updates": _UPDATE}),
    "an update in words": (_INVALID, {"updates": ["databases: 1"]}),
    "a topic twice": (_INVALID, {"updates": [_UPDATE, _UPDATE | {"position": 2}]}),
    "an update twice": (_INVALID, {"updates": [_UPDATE, _UPDATE]}),
    "an update without a position": ("missing_field", {"updates": [{"topic_id": "databases"}]}),
    "an update without a topic": ("missing_field", {"updates": [{"position": 1}]}),
    "an update with more": ("unknown_field", _update(colour="red")),
    "position 0": (_INVALID, _update(position=0)),
    "negative position": (_INVALID, _update(position=-1)),
    "position of 2^31": (_INVALID, _update(position=POSITION_MAX + 1)),
    "position with a point": (_INVALID, _update(position=1.5)),
    "position true": (_INVALID, _update(position=True)),
    "position in words": (_INVALID, _update(position="first")),
    "previous 0": (_INVALID, _update(previous=0)),
    "previous of 2^31": (_INVALID, _update(previous=POSITION_MAX + 1)),
    "session null": (_INVALID, {"session": None}),
    "empty session": (_INVALID, {"session": ""}),
    "student without a name": (_INVALID, {"student_id": ""}),
    "student of 301 bytes": (_INVALID, {"student_id": "s" * 301}),
    "period of 301 bytes": (_INVALID, {"period_id": "p" * 301}),
}
_REFUSED_TOPICS: Final[Refused] = {
    "topic in a period that was never opened": ("unknown_period", {}),
    "empty title": (_INVALID, {"title": ""}),
    "title of 301 characters": (_INVALID, {"title": "t" * 301}),
    "title null": (_INVALID, {"title": None}),
    "no capacity": (_INVALID, {"capacity": 0}),
    "capacity of too many": (_INVALID, {"capacity": CAPACITY_MAX + 1}),
    "capacity null": (_INVALID, {"capacity": None}),
    "capacity true": (_INVALID, {"capacity": True}),
    "change with null": (_INVALID, {"type": "rankings.topic_changed", "capacity": None}),
    "removed with a title": ("unknown_field", {"type": "rankings.topic_removed"}),
}
_REFUSED_PERIODS: Final[Refused] = {
    "period without a title": (_INVALID, {"title": None}),
    "period of an empty title": (_INVALID, {"title": ""}),
    "period closed that was never opened": ("unknown_period", {"type": "rankings.period_closed"}),
    "period with a topic": ("unknown_field", {"topic_id": "databases"}),
    "NUL in a title": (_INVALID, {"title": "a\x00b"}),
}
_REFUSED_STUDENTS: Final[Refused] = {
    "empty email": (_INVALID, {"email": ""}),
    "email of 255 characters": (_INVALID, {"email": "e" * 255}),
    "email that is a number": (_INVALID, {"email": 7}),
    "student that is null": (_INVALID, {"student_id": None}),
}
_TOPIC: Final[Fields] = {"topic_id": "databases", "students": 1, "average": 1}


def _topic(**own: object) -> Fields:
    return {"topics": [_TOPIC | own]}


_FORGED_METRICS: Final[Refused] = {
    "metrics of a period that was never opened": ("unknown_period", {}),
    "forged decision": ("not_a_decision", {"id": "01938f7e-5c00-7a3b-9d2e-4f5061728394"}),
    "decision with the id of another part": ("not_a_decision", {"part": 1, "parts": 2}),
    "decision with the id of another time": ("not_a_decision", {"at": "2026-10-01T00:00:00Z"}),
    "part behind the last": (_INVALID, {"part": 1}),
    "no part": (_INVALID, {"part": None}),
    "a topic's metrics twice": (_INVALID, {"topics": [_TOPIC, _TOPIC | {"students": 2}]}),
    "category of another kind": (_INVALID, _topic(category="extreme")),
    "percentile above 100": (_INVALID, _topic(percentile=Decimal("100.000001"))),
    "percentile below 0": (_INVALID, _topic(percentile=-1)),
    "average with seven places": (_INVALID, _topic(average=Decimal("1.2345678"))),
    "negative deviation": (_INVALID, _topic(standard_deviation=Decimal("-0.5"))),
    "negative students": (_INVALID, _topic(students=-1)),
    "metrics without students": ("missing_field", {"topics": [{"topic_id": "databases"}]}),
    "negative changes": (_INVALID, {"changes": -1}),
}
_STUDENT: Final[Fields] = {"student_id": "ada"}
_FORGED_ASSIGNMENTS: Final[Refused] = {
    "assignments of a period that was never opened": ("unknown_period", {}),
    "forged assignment": ("not_a_decision", {"id": "01938f7e-5c00-7a3b-9d2e-4f5061728395"}),
    "by luck": (_INVALID, {"algorithm": "luck"}),
    "negative cost": (_INVALID, {"cost": -1}),
    "a student twice": (
        _INVALID,
        {"assignments": [{"student_id": "ada"}, {"student_id": "ada", "position": 1}]},
    ),
    "assigned to nobody": ("missing_field", {"assignments": [{"topic_id": "databases"}]}),
    "assigned at place 0": (_INVALID, {"assignments": [{"student_id": "ada", "position": 0}]}),
    "run without a name": (_INVALID, {"run": ""}),
}


def rankings_junk(random: Random, base: datetime) -> JunkMaker:
    """The junk of system 4."""
    world = RankingsWorld(random, base)
    return JunkMaker(
        random,
        key_of,
        world.ranking,
        ("id", "at", "v", "student_id", "session", "updates"),
        (
            (world.ranking, _REFUSED_RANKINGS),
            (world.topic, _REFUSED_TOPICS),
            (world.opening, _REFUSED_PERIODS),
            (world.student, _REFUSED_STUDENTS),
            (_metrics, _FORGED_METRICS),
            (_assignments, _FORGED_ASSIGNMENTS),
        ),
    )


def _decision(name: str, at: datetime) -> Fields:
    type_name = f"rankings.{name}"
    event: Fields = {
        "id": str(decision_id(type_name, at, 0)),
        "v": 1,
        "type": type_name,
        "part": 0,
        "parts": 1,
    }
    return event | {"at": at.isoformat(), "period_id": f"{JUNK_ID}period"}


def _metrics(now: datetime) -> Fields:
    """Valid but that nobody opened the period, and for what is put over it."""
    event = _decision("metrics_calculated", now.replace(microsecond=0))
    return event | {"changes": 1, "topics": [_TOPIC]}


def _assignments(now: datetime) -> Fields:
    event = _decision("algorithm_executed", now)
    run: Fields = {"run": "01938f7e-5c00-7a3b-9d2e-4f5061728396", "algorithm": "hungarian", "cost": 3}
    return event | run | {"assignments": [{"student_id": "ada", "topic_id": "databases", "position": 3}]}
