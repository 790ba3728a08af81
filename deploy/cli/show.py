"""`groundswell show`: one wave, ripple or user; one video, creator, sound, hashtag or community."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import content_reader, reader
from events.errors import GroundswellError, WrongUsage

if TYPE_CHECKING:
    from projections.actions.reader import Reader

CALCULATIONS = "calculations"
AGAINST_WAVE = "against_wave"
SENTENCE = "sentence"
CALCULATION_COLUMNS = (
    Column("timeframe"),
    Column("actions", align="right"),
    Column("impact", align="right"),
    Column("calculated_at", "before"),
)


class Kind(StrEnum):
    """What can be shown."""

    WAVE = "wave"
    RIPPLE = "ripple"
    USER = "user"
    VIDEO = "video"
    CREATOR = "creator"
    SOUND = "sound"
    HASHTAG = "hashtag"
    COMMUNITY = "community"


OF_CONTENT = (Kind.VIDEO, Kind.CREATOR, Kind.SOUND, Kind.HASHTAG, Kind.COMMUNITY)


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
    """Show what is counted for one wave, ripple or user, video, creator, sound, hashtag or community.

    A ripple also with how it compares with its wave, and with what it did in the day, week and months before.

    Example: groundswell show ripple '#de.wikipedia:Wikipedia:Vandalismusmeldung'
    Example: groundswell show hashtag '#DIY'
    """
    if wave is not None and kind is not Kind.RIPPLE:
        raise WrongUsage(f"--wave {wave!r} goes with a ripple, not with a {kind.value}: leave it out")
    ask = _of_content(kind, identity) if kind in OF_CONTENT else _found(kind, identity, wave)
    found = asyncio.run(ask)
    if as_json:
        console.emit_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    calculations = found.pop(CALCULATIONS, None)
    against_wave = found.pop(AGAINST_WAVE, None)
    if SENTENCE in found:
        console.emit(found.pop(SENTENCE))
    rows = [{"what": name, "value": _shown(value)} for name, value in found.items()]
    if against_wave is not None:
        rows.append({"what": "index", "value": f"{against_wave['index']}: {against_wave[SENTENCE]}"})
    console.table(rows, [Column("what"), Column("value")])
    if calculations:
        console.emit("")
        console.table(calculations, CALCULATION_COLUMNS)


async def _found(kind: Kind, identity: str, wave: str | None) -> dict[str, Any]:
    async with reader() as asked:
        if kind is Kind.RIPPLE:
            return await _ripple(asked, identity, wave)
        if kind is Kind.USER:
            user = await asked.user(identity)
            if user is not None:
                return {SENTENCE: user.sentence, **asdict(user)}
        else:
            row = await asked.wave(identity)
            if row is not None:
                return asdict(row)
    raise not_found(kind, identity)


async def _of_content(kind: Kind, identity: str) -> dict[str, Any]:
    async with content_reader() as asked:
        row: Any
        match kind:
            case Kind.VIDEO:
                row = await asked.video(identity)
            case Kind.CREATOR:
                row = await asked.creator(identity)
            case Kind.SOUND:
                row = await asked.sound(identity)
            case Kind.HASHTAG:
                row = await asked.hashtag(identity)
            case _:
                row = await asked.community(identity)
    if row is None:
        raise not_found(kind, identity)
    return asdict(row)


async def _ripple(asked: Reader, identity: str, wave: str | None) -> dict[str, Any]:
    ripples = await asked.ripples(identity, wave_id=wave)
    if not ripples:
        raise not_found(Kind.RIPPLE, identity, f" in wave {wave!r}" if wave else "")
    if len(ripples) > 1:
        waves = ", ".join(repr(ripple.wave_id) for ripple in ripples)
        raise WrongUsage(f"ripple {identity!r} is in {len(ripples)} waves: name one by --wave, of {waves}")
    (ripple,) = ripples
    index = await asked.against_wave(ripple.wave_id, identity)
    calculations = await asked.calculations(ripple.wave_id, identity)
    return {
        **asdict(ripple),
        AGAINST_WAVE: None if index is None else {SENTENCE: index.sentence, **asdict(index)},
        CALCULATIONS: [asdict(calculation) for calculation in calculations],
    }


def not_found(kind: str, identity: str, where: str = "") -> NotFound:
    """What was asked for is not there."""
    return NotFound(
        f"there is no {kind} {identity!r}{where}, or it was removed: check the id;"
        " `groundswell lag` tells whether all events are folded"
    )


def _shown(value: object) -> object:
    if isinstance(value, Mapping):
        known = {name: one for name, one in value.items() if one is not None}
        return ", ".join(f"{name}: {_number(one)}" for name, one in known.items())
    return value


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)
