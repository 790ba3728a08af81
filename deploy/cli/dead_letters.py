"""`groundswell dead-letters`: which records were not applied, and why."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from events.errors import GroundswellError, WrongUsage

VALUE_CHARACTERS_SHOWN = 2_000


class NoDeadLetter(GroundswellError):
    """Nothing is dead under that name: see `groundswell dead-letters list`."""

    code = "no_dead_letter"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Records that were read and not applied, with the reason.", no_args_is_help=True)
    group.command("list")(list_groups)
    group.command("show")(show)
    app.add_typer(group, name="dead-letters")


def list_groups(
    system: Annotated[str | None, typer.Option(help="Only of this system.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind: broken, refused or failed.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this code, for example removed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many groups.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Dead letters grouped by reason, the most frequent first.

    Example: groundswell dead-letters list --kind failed
    """
    from events.settings import settings
    from projections.operations import dead_letter_groups

    if kind not in (None, "broken", "refused", "failed"):
        raise WrongUsage(f"--kind {kind!r} is not a kind: choose broken, refused or failed")
    rows = asyncio.run(dead_letter_groups(settings().postgres, system, kind, code, limit))
    if not rows and not as_json:
        console.note("no dead letters")
        return
    columns = [
        Column("system"), Column("kind"), Column("code"), Column("records", align="right"),
        Column("last_at", "last"), Column("fingerprint"), Column("reason"), Column("newest"),
    ]  # fmt: skip
    console.list_rows(rows, columns, as_json=as_json)


def show(
    which: Annotated[
        str, typer.Argument(help="A fingerprint, or a place in the log: TOPIC:PARTITION:OFFSET.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many records.")] = 5,
    as_json: AsJson = False,
) -> None:
    """The records themselves, with their bytes and, for our own faults, the traceback.

    Example: groundswell dead-letters show groundswell.actions:3:1042
    """
    from events.settings import settings
    from projections.operations import dead_letters

    place = _place(which)
    found = asyncio.run(
        dead_letters(settings().postgres, fingerprint=None if place else which, place=place, limit=limit)
    )
    if not found:
        raise NoDeadLetter(f"no dead letter is called {which!r}: see `groundswell dead-letters list`")
    rows = [_readable(row) for row in found]
    if as_json:
        console.emit_json(rows)
        return
    for row in rows:
        for name, value in row.items():
            if value is not None:
                console.emit(f"{name:>13}  {value}")
        console.emit("")


def _place(which: str) -> tuple[str, int, int] | None:
    topic, *numbers = which.rsplit(":", 2)
    if len(numbers) != 2:
        return None
    try:
        return topic, int(numbers[0]), int(numbers[1])
    except ValueError:
        raise WrongUsage(f"{which!r} is no place in the log: write TOPIC:PARTITION:OFFSET") from None


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Bytes as text where they are text, escaped where not; cut where they are long."""
    return {
        "place": f"{row['topic']}:{row['partition']}:{row['record_offset']}",
        **{name: row[name] for name in ("system", "appended_at", "kind", "code", "reason", "fingerprint")},
        "key": _text(row["record_key"]),
        "value": _text(row["record_value"]),
        "traceback": row["traceback"],
    }


def _printable(text: str) -> str:
    """What a record holds must not command the terminal: everything but plain text is shown escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text(data: bytes | None) -> str | None:
    if data is None:
        return None
    text = _printable(bytes(data).decode("utf-8", "backslashreplace"))
    more = len(text) - VALUE_CHARACTERS_SHOWN
    return text if more <= 0 else f"{text[:VALUE_CHARACTERS_SHOWN]}... ({more} more characters)"
