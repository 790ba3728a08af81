"""`groundswell show`: one wave, ripple or user."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from events.errors import GroundswellError, WrongUsage

if TYPE_CHECKING:
    from projections.actions.reader import Reader


class Kind(StrEnum):
    """What can be shown."""

    WAVE = "wave"
    RIPPLE = "ripple"
    USER = "user"


class NotFound(GroundswellError):
    """Check the id, or fold what is still in the log: the message names both."""

    code: ClassVar[str] = "not_found"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)


def show(
    kind: Annotated[Kind, typer.Argument(help="What to show.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    wave: Annotated[str | None, typer.Option(metavar="ID", help="The wave of the ripple.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is counted for one wave, ripple or user.

    Example: groundswell show ripple '#de.wikipedia:Wikipedia:Vandalismusmeldung'
    """
    if wave is not None and kind is not Kind.RIPPLE:
        raise WrongUsage(f"--wave {wave!r} goes with a ripple, not with a {kind.value}: leave it out")
    found = asyncio.run(_found(kind, identity, wave))
    if as_json:
        console.emit_json(found)
        return
    if "sentence" in found:
        console.emit(found.pop("sentence"))
    console.table(
        [{"what": name, "value": _shown(value)} for name, value in found.items()],
        [Column("what"), Column("value")],
    )


async def _found(kind: Kind, identity: str, wave: str | None) -> dict[str, Any]:
    from events.settings import settings
    from projections.actions.reader import Reader

    async with Reader(settings().postgres) as reader:
        if kind is Kind.RIPPLE:
            return await _ripple(reader, identity, wave)
        if kind is Kind.USER:
            user = await reader.user(identity)
            if user is not None:
                return {"sentence": user.sentence, **asdict(user)}
        else:
            row = await reader.wave(identity)
            if row is not None:
                return asdict(row)
    raise _not_found(kind, identity)


async def _ripple(reader: Reader, identity: str, wave: str | None) -> dict[str, Any]:
    ripples = await reader.ripples(identity, wave_id=wave)
    if not ripples:
        raise _not_found(Kind.RIPPLE, identity, f" in wave {wave!r}" if wave else "")
    if len(ripples) > 1:
        waves = ", ".join(repr(ripple.wave_id) for ripple in ripples)
        raise WrongUsage(f"ripple {identity!r} is in {len(ripples)} waves: name one by --wave, of {waves}")
    return asdict(ripples[0])


def _not_found(kind: Kind, identity: str, where: str = "") -> NotFound:
    return NotFound(
        f"there is no {kind.value} {identity!r}{where}, or it was removed: check the id;"
        " `groundswell lag` tells whether all events are folded"
    )


def _shown(value: object) -> object:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {number:,}" for name, number in value.items())
    return value
