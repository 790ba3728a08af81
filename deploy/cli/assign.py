"""`groundswell assign`: gives the topics of a period to its students, and publishes who gets what."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

SHOWN: Final = ("period_id", "run", "algorithm", "at", "cost")
COLUMNS: Final = (Column("student_id"), Column("topic_id"), Column("position", align="right"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("assign")(assign)


def assign(
    period: Annotated[str, typer.Argument(help="The period, open or closed.")],
    algorithm: Annotated[str, typer.Option(help="By which method: hungarian.")] = "hungarian",
    as_json: AsJson = False,
) -> None:
    """Give each student who ranks topics of the period one of them, at the least cost.

    A topic costs the position at which its student ranked it, one more than there are topics where it was not
    ranked; a topic goes to as many students as its capacity says. The outcome is an event; rankings stay as
    they are, and each run is kept: `groundswell rankings assignments` shows them again.

    Example: groundswell assign autumn-2026
    """
    parts = asyncio.run(_assigned(period, algorithm))
    assignments = [each for part in parts for each in part["assignments"]]
    if as_json:
        console.emit_json({**{name: parts[0][name] for name in SHOWN}, "assignments": assignments})
        return
    console.table(assignments, COLUMNS)
    without = sum(each["topic_id"] is None for each in assignments)
    console.note(
        f"{len(assignments):,} students of {period!r}, {without:,} without a topic, total cost"
        f" {parts[0]['cost']:,}; run {parts[0]['run']}"
    )


async def _assigned(period: str, algorithm: str) -> list[dict[str, Any]]:
    """The parts of the decision."""
    from events.settings import settings
    from streams.commanded import decide_now
    from streams.folds.rankings.assigning import assigning
    from streams.process import set_up_logging
    from streams.system import system_named

    set_up_logging(only_warnings=True)
    return await decide_now(system_named("rankings"), settings(), assigning(period, algorithm))
