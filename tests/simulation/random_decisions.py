"""Decisions of any system in the form in which the engine makes them; what they say is made up."""

from datetime import datetime
from random import Random

from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_json import Fields, written_instant


def random_decision(random: Random, type_name: str, at: datetime, part: int, parts: int) -> Fields:
    """What every part of a decision has."""
    event: Fields = {"id": str(decision_id(type_name, at, part)), "type": type_name}
    event |= {"v": 1, "at": written_instant(random, at), "part": part, "parts": parts}
    if random.random() < 0.8:
        event["actor_type"] = "system"
    return event


def random_report(random: Random, system: str, at: datetime) -> Fields:
    """What a reconciliation found."""
    drifted = random.randint(0, 3)
    details = [
        {"table": "creator_totals", "key": f'["ada {number}"]', "column": "views"}
        | {"was": str(number), "became": "ü" * 20}
        for number in range(drifted)
    ]
    counts = {"days": 7, "checked": random.randint(3, 10**12), "drifted": drifted, "repaired": drifted}
    return random_decision(random, f"{system}.reconciled", at, 0, 1) | counts | {"details": details}
