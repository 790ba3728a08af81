"""`groundswell import`: real data sets as events, a command for each."""

from __future__ import annotations

import typer

from deploy.cli.preflib import preflib
from deploy.cli.wikipedia import wikipedia
from deploy.cli.youtube import youtube


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(help="Real data sets as events.", no_args_is_help=True)
    group.command("preflib")(preflib)
    group.command("wikipedia")(wikipedia)
    group.command("youtube")(youtube)
    app.add_typer(group, name="import")
