"""The assignment of a period: decided by command, worked out beside everything else."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection

from events.decisions import PARTS_MAX, decision_id
from events.errors import WrongUsage
from events.rankings import AlgorithmExecuted
from events.rankings_decisions import ENTRIES_MAX
from projections.postgres.generations import filled
from projections.rankings.read_model import DECISIONS
from streams.decision_packing import in_parts, packed
from streams.decisions import DecisionPlace, DecisionRule, Reported, Row
from streams.folds.rankings.hungarian import Ballots, Given, assigned

ALGORITHMS: Final[Mapping[str, Callable[[Ballots, Mapping[str, int]], Given]]] = {"hungarian": assigned}


def assigning(period_id: str, algorithm: str) -> DecisionRule:
    """Gives the topics of the period to its students, as of the moment when it is asked for.

    Raises WrongUsage where no algorithm has that name.
    """
    if algorithm not in ALGORITHMS:
        raise WrongUsage(f"there is no algorithm {algorithm!r}: choose from {', '.join(ALGORITHMS)}")

    async def work(connection: AsyncConnection[Any], place: DecisionPlace, nominal_time: datetime) -> Row:
        async with connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            capacities = await _capacities(connection, place, period_id)
            ballots = await _ballots(connection, place, period_id)
        # Seconds, where there are many of both.
        given = await asyncio.to_thread(ALGORITHMS[algorithm], ballots, capacities)
        return {"period_id": period_id, "algorithm": algorithm, "given": given}

    return DecisionRule(name="algorithm_executed", rows=Reported(work, _told), events=executions)


async def _told(connection: AsyncConnection[Any], place: DecisionPlace, worked_out: Row) -> list[Row]:
    """Nothing but what was worked out: nothing else was done."""
    return [worked_out]


async def _capacities(
    connection: AsyncConnection[Any], place: DecisionPlace, period_id: str
) -> dict[str, int]:
    rows = await _rows(connection, place, DECISIONS / "assignment_topics.sql", period_id)
    if not rows:
        raise WrongUsage(f"period {period_id!r} is not known: `groundswell rankings periods` lists them")
    return {topic_id: capacity for _, topic_id, capacity in rows if topic_id is not None}


async def _ballots(connection: AsyncConnection[Any], place: DecisionPlace, period_id: str) -> Ballots:
    ballots: dict[str, dict[str, int]] = defaultdict(dict)
    rows = await _rows(connection, place, DECISIONS / "assignment_ballots.sql", period_id)
    for student_id, topic_id, position in rows:
        ballots[student_id][topic_id] = position
    return ballots


async def _rows(
    connection: AsyncConnection[Any], place: DecisionPlace, file: Path, period_id: str
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(filled(file, place.generation), {"period_id": period_id})
    return await cursor.fetchall()


def executions(nominal_time: datetime, rows: Sequence[Row]) -> list[AlgorithmExecuted]:
    """The parts of the decision."""
    (row,) = rows
    given: Given = row["given"]
    parts = packed(given.assignments, ENTRIES_MAX)
    if len(parts) > PARTS_MAX:
        raise WrongUsage(
            f"{len(given.assignments):,} assignments take {len(parts):,} events, a decision has at most"
            f" {PARTS_MAX:,}: split the period"
        )
    run = str(decision_id(AlgorithmExecuted.type_name(), nominal_time, 0))
    fields = {"period_id": row["period_id"], "run": run, "algorithm": row["algorithm"], "cost": given.cost}
    return in_parts(AlgorithmExecuted, nominal_time, [{**fields, "assignments": part} for part in parts])
