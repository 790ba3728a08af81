"""`groundswell rebuild`: a new generation from the log, beside the live one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.generations import PANEL, System, Workers, place_of, say_promoted
from events.errors import WrongUsage

if TYPE_CHECKING:
    from datetime import datetime

    from streams.promoting import Promoted
    from streams.rebuilding import Rebuilt

EXIT_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rebuild", rich_help_panel=PANEL)(rebuild)


def rebuild(
    system: System,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only what was appended before; such a one cannot be promoted."),
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Let readers see it when it is done.")] = False,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Fold the log from its beginning into a new generation, while the live one goes on.

    Stopped or killed, the same command goes on where it stood.

    Example: groundswell rebuild actions --promote
    """
    from deploy.cli.times import instant

    moment = None if until is None else instant(until, "--until")
    if moment is not None and promote:
        raise WrongUsage("--promote with --until: a generation that ends in the past cannot be promoted")
    try:
        rebuilt = _rebuilt(system, moment, workers)
        promoted = _promoted(system, rebuilt, workers) if promote else None
    except KeyboardInterrupt:
        again = f"groundswell rebuild {system}" + (f" --until {until}" if until else "")
        console.note(
            f"stopped; what is folded stays. Go on with: {again}{' --promote' if promote else ''}"
            f" (`groundswell generations {system}` lists what there is, `groundswell drop` removes it)"
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _say(rebuilt, promoted, as_json=as_json)


def _rebuilt(system: str, until: datetime | None, workers: int) -> Rebuilt:
    from deploy.cli.folding_progress import folding_progress
    from streams.rebuilding import rebuild as rebuild_it

    place = place_of(system, workers)
    with folding_progress(f"rebuild {system}") as report:
        rebuilt = asyncio.run(rebuild_it(place, report, until=until))
    if rebuilt.was_resumed:
        console.note(
            f"went on with generation {rebuilt.generation.number}, which never was active;"
            f" `groundswell drop {system} {rebuilt.generation.number}` first makes a fresh one"
        )
    return rebuilt


def _promoted(system: str, rebuilt: Rebuilt, workers: int) -> Promoted:
    from deploy.cli.folding_progress import folding_progress
    from streams.promoting import promote as promote_it

    number = rebuilt.generation.number
    with folding_progress(f"promote {system} {number}") as report:
        return asyncio.run(promote_it(place_of(system, workers), number, report))


def _say(rebuilt: Rebuilt, promoted: Promoted | None, *, as_json: bool) -> None:
    generation = rebuilt.generation
    if as_json:
        console.emit_json(
            {
                "system": generation.system,
                "generation": generation.number,
                "schema": generation.schema,
                "records": rebuilt.records,
                "seconds": round(rebuilt.seconds, 3),
                "records_per_second": round(rebuilt.rate),
                "resumed": rebuilt.was_resumed,
                "until_offsets": generation.until_offsets,
                "promoted": promoted is not None,
            }
        )
        return
    console.emit(
        f"generation {generation.number} of {generation.system}: {rebuilt.records:,} records"
        f" in {rebuilt.seconds:,.1f} s, {rebuilt.rate:,.0f}/s"
    )
    if promoted is not None:
        say_promoted(promoted)
    elif generation.until_offsets is not None:
        console.note(f"its tables are in schema {generation.schema}; it cannot be promoted")
    else:
        console.note(f"promote it: groundswell promote {generation.system} {generation.number}")
