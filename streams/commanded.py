"""Decisions by command: made now, whatever the clock says, and published before the command ends."""

from typing import Any

from psycopg import AsyncConnection

from events.errors import GroundswellError, WrongUsage
from events.settings import Settings
from projections.postgres.connection import BY_INDEX, connect, reached
from projections.postgres.generations import Generation, find_active
from projections.postgres.holds import is_held
from projections.postgres.migrations import migrate
from streams.decisions import DecisionPlace, DecisionRule, Outcome, decide, decided_events
from streams.log_extent import log_ends
from streams.relay import Relay
from streams.system import StreamSystem


class NotDecidedNow(GroundswellError):
    """Another generation became the active one, a past began to be published, or another run is at it: run it
    again."""

    code = "not_decided_now"


async def decide_now(
    system: StreamSystem, settings: Settings, decision: DecisionRule
) -> list[dict[str, Any]]:
    """Decides about what is folded, as of now by Postgres's clock, and publishes it; answers the parts as
    they were written. Raises WrongUsage where nothing was folded, and NotDecidedNow."""
    async with reached(settings.postgres) as connection:
        await migrate(connection)
        generation = await _generation(connection, system)
    topic = system.events.topic(settings.topic_prefix)
    place = DecisionPlace(generation, topic, len(await log_ends(settings, topic)))
    async with await connect(settings.postgres, **BY_INDEX) as connection:
        parts = await _decide(connection, place, decision)
    await Relay(system, settings).drain()
    return parts


async def _generation(connection: AsyncConnection[Any], system: StreamSystem) -> Generation:
    generation = await find_active(connection, system.name)
    if generation is None:
        raise WrongUsage(
            f"nothing of {system.name} was folded yet: start a worker with `groundswell worker {system.name}`"
        )
    if await is_held(connection, system.name):
        raise WrongUsage(
            f"a past of {system.name} is being published: run the command again when all of that is there"
        )
    return generation


async def _decide(
    connection: AsyncConnection[Any], place: DecisionPlace, decision: DecisionRule
) -> list[dict[str, Any]]:
    cursor = await connection.execute("SELECT clock_timestamp()")
    row = await cursor.fetchone()
    assert row is not None, "a clock always answers"
    (asked_at,) = row
    if await decide(connection, place, decision, asked_at) is not Outcome.DECIDED:
        raise NotDecidedNow(
            f"generation {place.generation.number} of {place.generation.system} was replaced, a past began to"
            " be published, large work is half done, or another run is at it: run it again"
        )
    return await decided_events(connection, place, decision, asked_at)
