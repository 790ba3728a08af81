"""`groundswell worker`: folds the log of one or more systems, supervised."""

from __future__ import annotations

from typing import Annotated

import typer

from events.errors import WrongUsage


def register(app: typer.Typer) -> None:
    app.command("worker")(worker)


def worker(
    system: Annotated[
        list[str] | None, typer.Argument(help="Systems to fold; all of them when none is named.")
    ] = None,
) -> None:
    """Fold events into tables until Ctrl-C: one process per system, started afresh whenever it ends.

    Start as many as you like, on as many machines: Kafka deals the partitions out.

    Example: groundswell worker actions
    """
    import asyncio

    from events.settings import settings
    from streams.process import set_up_logging
    from streams.supervisor import Supervisor
    from streams.system import systems

    set_up_logging()
    names = list(dict.fromkeys(system or sorted(systems())))
    for name in names:
        if name not in systems():
            raise WrongUsage(f"there is no system {name!r}: choose from {', '.join(sorted(systems()))}")
    # Both raise a clear error here rather than in each child.
    _ = settings().kafka, settings().postgres
    raise typer.Exit(asyncio.run(Supervisor(names).run()))
