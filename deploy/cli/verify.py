"""`groundswell verify`: whether the tables are what the log says."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from deploy.cli.generations import PANEL, System, Workers, place_of
from events.errors import DifferenceFound

if TYPE_CHECKING:
    from streams.verifying import Verified


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify", rich_help_panel=PANEL)(verify)


def verify(
    system: System,
    sample: Annotated[
        float, typer.Option(metavar="PERCENT", help="Compare this share of the rows, by a hash of the key.")
    ] = 100.0,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Fold the log apart, up to where the live tables stand, and compare every row; nothing is changed.

    Exit code 4 when anything differs. Values marked (now) are compared as of one minute.

    Example: groundswell verify actions --sample 10
    """
    from deploy.cli.folding_progress import folding_progress
    from streams.verifying import verify as verify_it

    place = place_of(system, workers)
    with folding_progress(f"verify {system}") as report:
        verified = asyncio.run(verify_it(place, report, sample))
    if as_json:
        console.emit_json({**asdict(verified), "rows": verified.rows, "differences": verified.differences})
    else:
        _show(verified)
    if verified.differences:
        raise DifferenceFound(
            f"{verified.differences:,} differences between generation {verified.generation} of"
            f" {verified.system} and the log: `groundswell rebuild {verified.system} --promote` puts right"
            " what the log says"
        )


def _show(verified: Verified) -> None:
    for line in verified.exempt:
        console.note(f"not compared: {line}")
    rows = [
        {
            "table": found.table,
            "key": " ".join(f"{name}={_plain(value)}" for name, value in found.key.items()),
            "column": found.column or "",
            "live": _plain(found.live),
            "rebuilt": _plain(found.rebuilt),
        }
        for table in verified.tables
        for found in table.differences
    ]
    if rows:
        columns = ("table", "key", "column", "live", "rebuilt")
        console.table(rows, [Column(name) for name in columns])
    for table in verified.tables:
        if table.total > len(table.differences):
            console.emit(
                f"{table.table}: {table.total:,} differences, the first {len(table.differences)} shown"
            )
    console.emit(
        f"{verified.rows:,} rows of generation {verified.generation} of {verified.system} compared with"
        f" {verified.records:,} records of the log in {verified.seconds:,.1f} s:"
        f" {verified.differences:,} differences"
    )


def _plain(value: str | int | None) -> str:
    """As it stands where that can be read, else as a Python literal."""
    if value is None:
        return "nothing"
    text = str(value)
    return text if text.isprintable() and text else repr(text)
