"""`groundswell show`: one wave, ripple or user; one video, creator, sound, hashtag or community."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.answers import print_thing
from deploy.cli.asking import not_found
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import ACTIONS, CONTENT
from events.errors import WrongUsage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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
    found = _found(kind, identity, wave)
    if found is None:
        raise not_found(kind, identity)
    if as_json:
        console.emit_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    calculations = found.pop(CALCULATIONS, None)
    against_wave = found.pop(AGAINST_WAVE, None)
    if SENTENCE in found:
        console.emit(found.pop(SENTENCE))
    if against_wave is not None:
        found["index"] = f"{against_wave['index']}: {against_wave[SENTENCE]}"
    print_thing(found, as_json=False)
    if calculations:
        console.emit("")
        console.table(calculations, CALCULATION_COLUMNS)


def _found(kind: Kind, identity: str, wave: str | None) -> dict[str, Any] | None:
    if kind is Kind.RIPPLE:
        return ACTIONS.ask(lambda reader: _ripple(reader, identity, wave))
    if kind is Kind.USER:
        user = ACTIONS.ask(lambda reader: reader.user(identity))
        return None if user is None else {SENTENCE: user.sentence, **asdict(user)}
    row = _row(kind, identity)
    return None if row is None else asdict(row)


def _row(kind: Kind, identity: str) -> DataclassInstance | None:
    match kind:
        case Kind.WAVE:
            return ACTIONS.ask(lambda reader: reader.wave(identity))
        case Kind.VIDEO:
            return CONTENT.ask(lambda reader: reader.video(identity))
        case Kind.CREATOR:
            return CONTENT.ask(lambda reader: reader.creator(identity))
        case Kind.SOUND:
            return CONTENT.ask(lambda reader: reader.sound(identity))
        case Kind.HASHTAG:
            return CONTENT.ask(lambda reader: reader.hashtag(identity))
        case _:
            return CONTENT.ask(lambda reader: reader.community(identity))


async def _ripple(reader: Reader, identity: str, wave: str | None) -> dict[str, Any]:
    ripples = await reader.ripples(identity, wave_id=wave)
    if not ripples:
        raise not_found(Kind.RIPPLE, identity, f" in wave {wave!r}" if wave else "")
    if len(ripples) > 1:
        waves = ", ".join(repr(ripple.wave_id) for ripple in ripples)
        raise WrongUsage(f"ripple {identity!r} is in {len(ripples)} waves: name one by --wave, of {waves}")
    (ripple,) = ripples
    index = await reader.against_wave(ripple.wave_id, identity)
    calculations = await reader.calculations(ripple.wave_id, identity)
    return {
        **asdict(ripple),
        AGAINST_WAVE: None if index is None else {SENTENCE: index.sentence, **asdict(index)},
        CALCULATIONS: [asdict(calculation) for calculation in calculations],
    }
