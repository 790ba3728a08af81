"""`groundswell reconcile`: computes anew what videos add up to, repairs what drifted and reports it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from events.errors import DifferenceFound
from events.reconciled_days import DAYS_MAX, DAYS_USUAL

SHOWN = ("at", "days", "checked", "drifted", "repaired", "details")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(reconcile)


def reconcile(
    system: Annotated[str, typer.Argument(help="The system, for example content.")],
    days: Annotated[
        int,
        typer.Option(
            min=1, max=DAYS_MAX, help="Look at the scores of what changed in so many days; at all totals."
        ),
    ] = DAYS_USUAL,
    as_json: AsJson = False,
) -> None:
    """Compute totals anew from what they add up, repair whatever drifted, and keep the report.

    Folding goes on meanwhile. The workers do it every night at 03:00 UTC. Exit code 4 when anything had
    drifted: it is repaired, but something is wrong. To run it again after a crash is safe: what was repaired
    is no drift any more, and the next report tells it.

    Example: groundswell reconcile content --days 30
    """
    from events.settings import settings
    from streams.process import set_up_logging
    from streams.reconciling import reconcile as reconcile_it
    from streams.system import system_named

    set_up_logging(only_warnings=True)
    report = asyncio.run(reconcile_it(system_named(system), settings(), days))
    if as_json:
        console.emit_json({name: report[name] for name in SHOWN})
    else:
        _show(report)
    if report["drifted"]:
        raise DifferenceFound(
            f"{report['drifted']:,} rows of {system} had drifted, {report['repaired']:,} were repaired:"
            f" `groundswell verify {system}` tells whether the rest is what the log says"
        )


def _show(report: dict[str, Any]) -> None:
    if report["details"]:
        console.table(
            report["details"], [Column(name) for name in ("table", "key", "column", "was", "became")]
        )
    console.emit(
        f"{report['checked']:,} rows of {report['days']:,} days recomputed as of {report['at']}:"
        f" {report['drifted']:,} had drifted, {report['repaired']:,} repaired"
    )
