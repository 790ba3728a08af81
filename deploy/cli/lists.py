"""`groundswell list`: the lists of both systems, page by page; here waves, ripples, actions and risers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from deploy.cli.content_lists import add_lists
from deploy.cli.reading import rank_changes, reader, scored, titled
from deploy.cli.top import CHANGE, IMPACT, IN_ALL, NAMES, PEOPLE, RANK, SCORE, WINDOWS
from events.errors import WrongUsage

if TYPE_CHECKING:
    from projections.actions.answers import ActionRow, ClosedRipple
    from projections.actions.reader import Reader
    from projections.pages import Page

Row = TypeVar("Row")

Limit = Annotated[int, typer.Option(min=1, max=1000, help="Rows of a page.")]
Cursor = Annotated[str | None, typer.Option(metavar="TEXT", help="Where the page before ended, as it said.")]


class Sort(StrEnum):
    """What a wave's ripples are ordered by."""

    IMPACT = "impact"
    ACTIONS = "actions"
    TRENDING = "trending"


WAVES = (
    Column("wave_id", "wave"), Column("title"), Column("category"), Column("ripples", align="right"),
    Column("actions", align="right"), Column("impact", align="right"),
)  # fmt: skip
RIPPLES = (
    Column("ripple_id", "id"), Column("title", is_extra=True), SCORE, *WINDOWS, IN_ALL, IMPACT, PEOPLE,
)  # fmt: skip
ACTIONS = (
    Column("at"), Column("user_id", "user"), Column("wave_id", "wave", is_extra=True),
    Column("ripple_id", "ripple"), Column("bucket"), Column("quantity", align="right"), Column("unit"),
    Column("note", is_extra=True),
)  # fmt: skip
RISERS = (CHANGE, RANK, *NAMES, SCORE, *WINDOWS, PEOPLE)


def register(app: typer.Typer) -> None:
    """Add the group of lists."""
    group = typer.Typer(
        help="Waves, ripples, actions and risers; videos and what they belong to: page by page.",
        no_args_is_help=True,
    )
    group.command("waves")(waves)
    group.command("ripples")(ripples)
    group.command("actions")(actions)
    group.command("risers")(risers)
    add_lists(group)
    app.add_typer(group, name="list")


def waves(limit: Limit = 100, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """List all waves by their ids.

    Example: groundswell list waves --limit 20
    """
    _print_page(_asked(lambda asked: asked.waves(limit=limit, cursor=cursor)), WAVES, as_json=as_json)


def ripples(
    wave: Annotated[str, typer.Option(metavar="ID", help="Their wave.")],
    sort: Annotated[Sort, typer.Option(help="The greatest first by this.")] = Sort.IMPACT,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List a wave's ripples by impact, by actions of all time or by what trends.

    Example: groundswell list ripples --wave '#de.wikipedia' --sort trending --limit 20
    """
    page = _asked(lambda asked: asked.ripples_of(wave, by=sort.value, limit=limit, cursor=cursor))
    _print_page(page, RIPPLES, as_json=as_json, shown=lambda row: scored(row, "trending_score"))


def actions(
    user: Annotated[str | None, typer.Option(metavar="ID", help="What this user did.")] = None,
    ripple: Annotated[str | None, typer.Option(metavar="ID", help="What was done in this ripple.")] = None,
    wave: Annotated[str | None, typer.Option(metavar="ID", help="The wave of the ripple.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List the actions of a user, or of a ripple, the newest first.

    Example: groundswell list actions --user TuanminhBot --limit 20
    """
    page = _asked(_actions_of(user, ripple, wave, limit, cursor))
    _print_page(
        page, ACTIONS, as_json=as_json, shown=lambda row: {**row, "at": f"{row['at']:%Y-%m-%d %H:%M}"}
    )


def _actions_of(
    user: str | None, ripple: str | None, wave: str | None, limit: int, cursor: str | None
) -> Callable[[Reader], Awaitable[Page[ActionRow]]]:
    if user is not None and ripple is None and wave is None:
        return lambda asked: asked.actions_of_user(user, limit=limit, cursor=cursor)
    if user is None and ripple is not None and wave is not None:
        return lambda asked: asked.actions_of_ripple(wave, ripple, limit=limit, cursor=cursor)
    given = {"--user": user, "--ripple": ripple, "--wave": wave}
    named = ", ".join(f"{name} {value!r}" for name, value in given.items() if value is not None)
    raise WrongUsage(f"give --user alone, or --ripple with its --wave; given: {named or 'none of them'}")


def risers(
    hour: Annotated[
        str | None, typer.Option(metavar="TIME", help="The close of this hour; the last one if not given.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many ripples.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the ripples that won most places from the close before to that of an hour.

    Example: groundswell list risers --limit 20
    """
    from deploy.cli.times import instant

    closed_hour = None if hour is None else instant(hour, "--hour", whole_hour=True)
    found: list[ClosedRipple] = _asked(lambda asked: asked.risers(closed_hour, limit=limit))
    rows = [asdict(ripple) for ripple in found]
    if as_json:
        console.emit_json(rows)
    elif rows:
        console.note(f"the hour from {found[0].hour:%Y-%m-%d %H:%M} UTC, when it was closed")
        console.table([scored(titled(row), "score") for row in rank_changes(rows)], RISERS)
    else:
        console.note("nothing rose in that close, or there is none: see `groundswell top --by close`")


def _asked(ask: Callable[[Reader], Awaitable[Row]]) -> Row:
    async def answer() -> Row:
        async with reader() as asked:
            return await ask(asked)

    return asyncio.run(answer())


def _print_page(
    page: Page[Any],
    columns: Sequence[Column],
    *,
    as_json: bool,
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> None:
    """The rows, and where the next page begins: in the JSON, or on stderr below the table."""
    rows = [asdict(row) for row in page.rows]
    if as_json:
        console.emit_json({"rows": rows, "next_cursor": page.next_cursor})
        return
    if not rows:
        console.note("there is none; `groundswell lag` tells whether all events are folded")
        return
    console.table([shown(row) for row in rows], columns)
    if page.next_cursor is not None:
        console.note(f"there are more: add --cursor {page.next_cursor}")
