"""A reconciliation by command: what the leader does every night, now, for as many days as one likes."""

from typing import Any

from psycopg import AsyncConnection

from events.errors import GroundswellError, WrongUsage
from events.settings import Settings
from projections.postgres.connection import BY_INDEX, connect, reached
from projections.postgres.generations import Generation, find_active
from projections.postgres.holds import is_held
from projections.postgres.migrations import migrate
from streams.decisions import DecisionPlace, Outcome, ScheduledDecision, decide, decided_events
from streams.log_extent import log_ends
from streams.relay import Relay
from streams.system import StreamSystem


class NotReconciled(GroundswellError):
    """Another generation became the active one, a past began to be published, or another run is at it: run it
    again."""

    code = "not_reconciled"


async def reconcile(system: StreamSystem, settings: Settings, days: int) -> dict[str, Any]:
    """Looks for drift in what follows from rows changed in so many days, repairs it, and publishes the
    report; answers it. The report's time is the one at which it was asked for, by Postgres's clock.

    What is repaired stays repaired, whatever stops this, and the next report tells it.
    Raises WrongUsage where the system has nothing to reconcile, and NotReconciled.
    """
    if system.reconciliation is None:
        raise WrongUsage(f"{system.name} has no totals that are recomputed: reconcile content, for example")
    async with reached(settings.postgres) as connection:
        await migrate(connection)
        generation = await _generation(connection, system)
    topic = system.events.topic(settings.topic_prefix)
    place = DecisionPlace(generation, topic, len(await log_ends(settings, topic)))
    async with await connect(settings.postgres, **BY_INDEX) as connection:
        report = await _reconcile(connection, place, system.reconciliation(days))
    await Relay(system, settings).drain()
    return report


async def _generation(connection: AsyncConnection[Any], system: StreamSystem) -> Generation:
    generation = await find_active(connection, system.name)
    if generation is None:
        raise WrongUsage(
            f"nothing of {system.name} was folded yet: start a worker with `groundswell worker {system.name}`"
        )
    if await is_held(connection, system.name):
        raise WrongUsage(
            f"a past of {system.name} is being published: reconcile it when all of that is there"
        )
    return generation


async def _reconcile(
    connection: AsyncConnection[Any], place: DecisionPlace, decision: ScheduledDecision
) -> dict[str, Any]:
    cursor = await connection.execute("SELECT clock_timestamp()")
    row = await cursor.fetchone()
    assert row is not None, "a clock always answers"
    (asked_at,) = row
    if await decide(connection, place, decision, asked_at) is not Outcome.DECIDED:
        raise NotReconciled(
            f"generation {place.generation.number} of {place.generation.system} was replaced, a past began to"
            " be published, large work is half done, or another reconciliation is at it: run it again"
        )
    (report,) = await decided_events(connection, place, decision, asked_at)
    return report
