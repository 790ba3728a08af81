"""`groundswell snapshot`: decides and calculates now what is otherwise done on schedule."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("snapshot")(snapshot)


def snapshot(
    system: Annotated[str, typer.Argument(help="The system, for example actions.")],
    as_json: AsJson = False,
) -> None:
    """Decide now whatever is due, for example hours to close, and calculate tables as of this hour.

    The same jobs run on schedule in the workers; to run them twice, or both at once, changes nothing.

    Example: groundswell snapshot actions
    """
    decided, calculated, as_of = asyncio.run(_snapshot(system))
    if as_json:
        console.emit_json({"decided": decided, "calculated": calculated, "as_of": as_of})
        return
    for nominal_time in decided:
        console.emit(f"decided as of {nominal_time.isoformat()}")
    for table in calculated:
        console.emit(f"calculated {table} as of {as_of.isoformat()}")
    if not decided:
        console.note("nothing was decided: nothing is due, or workers are behind (`groundswell lag` tells)")


async def _snapshot(name: str) -> tuple[list[datetime], list[str], datetime]:
    from events.errors import WrongUsage
    from events.settings import settings
    from projections.postgres.connection import BY_INDEX, connect, reached
    from projections.postgres.generations import find_active
    from projections.postgres.holds import is_held
    from projections.postgres.migrations import migrate
    from streams.leading import Leader, NotDecided
    from streams.process import set_up_logging
    from streams.relay import Relay
    from streams.system import system_named

    set_up_logging(only_warnings=True)
    system = system_named(name)
    async with reached(settings().postgres) as connection:
        await migrate(connection)
        generation = await find_active(connection, name)
        if generation is None:
            raise WrongUsage(
                f"nothing of {name} was folded yet: start a worker with `groundswell worker {name}`"
            )
        if await is_held(connection, name):
            console.note("a past is being published: nothing is decided until it is there")
    leader = Leader(system, settings(), generation)
    decided: list[datetime] = []
    async with await connect(settings().postgres, **BY_INDEX) as connection:
        while newly := await leader.decide_due(connection):
            decided += newly
        as_of = await leader.calculate_now(connection)
    if decided:
        await Relay(system, settings()).drain()
    for decision, why in leader.failed.items():
        raise NotDecided(f"{decision} was not decided: {why}. The workers try again by themselves")
    return decided, [table.name for table in system.model.calculated], as_of
