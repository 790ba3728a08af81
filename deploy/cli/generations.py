"""`groundswell generations / promote / rollback / drop`: which copy of a system's tables readers see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

if TYPE_CHECKING:
    from streams.promoting import Promoted
    from streams.rebuild_place import Place

PANEL = "Generations"
MEGABYTE = 1_000_000

System = Annotated[str, typer.Argument(help="The system, for example actions.")]
Number = Annotated[int, typer.Argument(help="The generation's number.")]
Workers = Annotated[
    int,
    typer.Option(
        min=1, max=64, help="Processes that fold; no more than the topic has partitions are started."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("generations", rich_help_panel=PANEL)(generations)
    app.command("promote", rich_help_panel=PANEL)(promote)
    app.command("rollback", rich_help_panel=PANEL)(rollback)
    app.command("drop", rich_help_panel=PANEL)(drop)


def place_of(system: str, workers: int = 2) -> Place:
    """What the commands work on. Raises WrongUsage, and ServerUnreachable where no address is known."""
    from events.settings import settings
    from streams.process import set_up_logging
    from streams.rebuild_place import Place
    from streams.system import system_named

    set_up_logging(only_warnings=True)
    found = system_named(system)
    # Both raise a clear error here rather than in each replay.
    _ = settings().kafka, settings().postgres
    return Place(found, settings(), workers)


def generations(
    system: Annotated[str | None, typer.Argument(help="One system; all when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the generations: the active one is what readers see, whole ones can be promoted.

    `until` is one rebuilt up to a time, `scratch` one that a verify folds; neither can be promoted.

    Example: groundswell generations actions
    """
    rows = asyncio.run(_rows(system))
    right = ("generation", "fold_version", "applied", "lag", "chores", "size_mb")
    headings = {"fold_version": "fold", "size_mb": "MB", "created_at": "created", "promoted_at": "promoted"}
    names = (
        "system", "generation", "state", "fold_version", "parameters", "applied", "lag", "chores",
        "created_at", "promoted_at", "size_mb",
    )  # fmt: skip
    columns = [Column(name, headings.get(name, ""), "right" if name in right else "left") for name in names]
    if not rows and not as_json:
        console.note("nothing was folded yet: start `groundswell worker`")
        return
    if as_json:
        console.emit_json(rows)
    else:
        console.table([_as_shown(row) for row in rows], columns)
    for row in rows:
        if row["state"] == "active" and row["parameters"] != row["settings"]:
            console.warn(
                f"generation {row['generation']} of {row['system']} goes by {_in_words(row['parameters'])},"
                f" the settings say {_in_words(row['settings'])}: a change takes effect with"
                f" `groundswell rebuild {row['system']} --promote`"
            )


def _as_shown(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: row[name] and row[name].replace(microsecond=0) for name in ("created_at", "promoted_at")}
    return {**row, **times, "parameters": _in_words(row["parameters"])}


def _in_words(parameters: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in parameters.items())


async def _rows(system: str | None) -> list[dict[str, Any]]:
    from events.settings import settings
    from projections.operations import generation_rows
    from projections.postgres.generations import parameters_of
    from streams.log_extent import log_ends
    from streams.system import system_named, systems

    if system is not None:
        _ = system_named(system)
    rows = await generation_rows(settings().postgres, system)
    ends: dict[str, dict[int, int]] = {}
    for row in rows:
        name = row["system"]
        known = systems().get(name)
        if known is not None and name not in ends:
            ends[name] = await log_ends(settings(), known.events.topic(settings().topic_prefix))
        row["settings"] = row["parameters"] if known is None else parameters_of(known.model, settings())
        row["lag"] = _lag(row, ends.get(name, {}))
        row["size_mb"] = round(row["size_bytes"] / MEGABYTE, 1)
    return rows


def _lag(row: dict[str, Any], ends: dict[int, int]) -> int:
    """Offsets between the generation's positions and its end: its own, or that of the log."""
    until = row["until_offsets"] or ends
    return sum(
        max(0, int(end) - int(row["next_offsets"].get(str(partition), 0))) for partition, end in until.items()
    )


def promote(system: System, number: Number, workers: Workers = 2) -> None:
    """Let readers see another generation, once it has folded as far as the active one: all at once.

    Workers go over by themselves within a second or two. `groundswell rollback` undoes it.

    Example: groundswell promote actions 2
    """
    from deploy.cli.folding_progress import folding_progress
    from streams.promoting import promote as promote_it

    place = place_of(system, workers)
    with folding_progress(f"promote {system} {number}") as report:
        done = asyncio.run(promote_it(place, number, report))
    say_promoted(done)


def say_promoted(done: Promoted) -> None:
    """The outcome, on stdout."""
    was = "" if done.old is None else f"; generation {done.old.number} was before"
    if done.new.active:
        was = " already: nothing has changed"
    console.emit(f"generation {done.new.number} of {done.new.system} is active{was}")


def rollback(system: System, workers: Workers = 2) -> None:
    """Let readers see the generation again that was active before; it is brought up to date first.

    Example: groundswell rollback actions
    """
    from deploy.cli.folding_progress import folding_progress
    from streams.promoting import rollback as roll_back

    place = place_of(system, workers)
    with folding_progress(f"rollback {system}") as report:
        done = asyncio.run(roll_back(place, report))
    say_promoted(done)


def drop(system: System, number: Number) -> None:
    """Remove a generation that is not active, with its tables. The log stays: a rebuild makes another.

    Example: groundswell drop actions 1
    """
    from streams.promoting import drop as drop_it

    gone = asyncio.run(drop_it(place_of(system), number))
    console.emit(f"generation {gone.number} of {gone.system} is dropped")
