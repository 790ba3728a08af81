"""`groundswell polls`: what people voted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from deploy.cli.answers import print_rows, print_thing
from deploy.cli.asking import ReaderOf, not_found
from deploy.cli.console import AsJson, Column

if TYPE_CHECKING:
    from projections.polls.reader import Reader

POLLS: Final[ReaderOf[Reader]] = ReaderOf("polls")
OPTIONS: Final = (Column("option"), Column("votes", align="right"))

Poll = Annotated[str, typer.Argument(metavar="POLL", help="The poll's id.")]


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(help="Polls and their votes.", no_args_is_help=True)
    group.command("show")(show)
    group.command("options")(options)
    app.add_typer(group, name="polls")


def show(poll: Poll, as_json: AsJson = False) -> None:
    """Show a poll.

    Example: groundswell polls show lunch
    """
    found = POLLS.ask(lambda reader: reader.poll(poll))
    if found is None:
        raise not_found("poll", poll)
    print_thing(found, as_json=as_json)


def options(poll: Poll, as_json: AsJson = False) -> None:
    """List what people are for in a poll.

    Example: groundswell polls options lunch
    """
    print_rows(POLLS.ask(lambda reader: reader.options(poll)), OPTIONS, as_json=as_json)
