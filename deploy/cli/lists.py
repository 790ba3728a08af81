"""`groundswell list`: the lists of both systems, page by page; here waves, ripples, actions and risers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.answers import Cursor, Limit, print_page, print_rows, to_the_minute
from deploy.cli.console import AsJson, Column
from deploy.cli.content_lists import add_lists
from deploy.cli.reading import ACTIONS, scored, signed, titled
from deploy.cli.times import instant_given
from deploy.cli.top import CHANGE, IMPACT, IN_ALL, NAMES, PEOPLE, RANK, SCORE, WINDOWS, close_heading
from events.errors import WrongUsage

if TYPE_CHECKING:
    from projections.actions.answers import ActionRow
    from projections.actions.reader import Reader
    from projections.pages import Page


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
ACTION = (
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
    page = ACTIONS.ask(lambda reader: reader.waves(limit=limit, cursor=cursor))
    print_page(page, WAVES, as_json=as_json)


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
    page = ACTIONS.ask(lambda reader: reader.ripples_of(wave, by=sort.value, limit=limit, cursor=cursor))
    print_page(page, RIPPLES, as_json=as_json, shown=lambda row: scored(row, "trending_score"))


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
    page = ACTIONS.ask(_actions_of(user, ripple, wave, limit, cursor))
    print_page(page, ACTION, as_json=as_json, shown=to_the_minute)


def _actions_of(
    user: str | None, ripple: str | None, wave: str | None, limit: int, cursor: str | None
) -> Callable[[Reader], Awaitable[Page[ActionRow]]]:
    if user is not None and ripple is None and wave is None:
        return lambda reader: reader.actions_of_user(user, limit=limit, cursor=cursor)
    if user is None and ripple is not None and wave is not None:
        return lambda reader: reader.actions_of_ripple(wave, ripple, limit=limit, cursor=cursor)
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
    closed_hour = instant_given(hour, "--hour", whole_hour=True)
    found = ACTIONS.ask(lambda reader: reader.risers(closed_hour, limit=limit))
    print_rows(
        found,
        RISERS,
        as_json=as_json,
        shown=lambda row: scored(titled(signed(row)), "score"),
        heading=close_heading(found),
        nothing="nothing rose in that close, or there is none: see `groundswell top --by close`",
    )
