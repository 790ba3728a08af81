"""`groundswell weights show` and its like: what users' weights are and were, and what follows from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deploy.cli import console
from deploy.cli.answers import Cursor, Limit, minute, print_page, print_rows, print_thing
from deploy.cli.asking import ReaderOf
from deploy.cli.console import AsJson, Column
from deploy.cli.numbers import decimal
from deploy.cli.one_event import By, Yes, actor, confirm, publish_one
from deploy.cli.times import instant_given

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from projections.weights.reader import Reader

WEIGHTS: ReaderOf[Reader] = ReaderOf("weights")

SHARES: Final = (
    Column("community", align="right"), Column("environment", align="right"),
    Column("workers", align="right"),
)  # fmt: skip
VERSIONS: Final = (Column("version", align="right"), *SHARES, Column("from"), Column("until"))
POPULATION: Final = (
    Column("category"), Column("users", align="right"), Column("mean", align="right"),
    Column("median", align="right"), Column("spread", align="right"), Column("minimum", "least", "right"),
    Column("maximum", "most", "right"),
)  # fmt: skip
WAVES: Final = (
    Column("wave_id", "wave"), Column("category"), Column("impact", align="right"),
    Column("weight", align="right"), Column("personal_impact", "personal impact", "right"),
)  # fmt: skip

UserId = Annotated[str, typer.Argument(metavar="USER", help="The user's id.")]
Share = Annotated[str, typer.Option(metavar="N", help="From 0 to 1 in hundredths; together they are 1.")]
Number = Annotated[str, typer.Argument(metavar="N", help="From 0 on.")]


def add_commands(group: typer.Typer) -> None:
    """Add the commands about users to the group `weights`."""
    group.command("show")(show)
    group.command("history")(history)
    group.command("population")(population)
    group.command("impact")(impact)
    group.command("set")(set_weights)
    group.command("delete")(delete)
    group.command("spread")(spread)


def show(
    user: UserId,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="What they were then; without it, what they are now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a user's weights; those of an unknown user are the ones that everybody begins with.

    Example: groundswell weights show ada --as-of 2026-11-21T10:00:00Z
    """
    at = instant_given(as_of, "--as-of")
    print_thing(WEIGHTS.ask(lambda reader: reader.weights(user, as_of=at)), as_json=as_json)


def history(user: UserId, limit: Limit = 100, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """List what a user's weights were, the newest first.

    Versions have the order in which they were taken: what was set late for a time before another version
    stands from that time on, and the other one never.

    Example: groundswell weights history ada --limit 20
    """
    page = WEIGHTS.ask(lambda reader: reader.history(user, limit=limit, cursor=cursor))
    print_page(page, VERSIONS, as_json=as_json, shown=_in_force)


def population(as_json: AsJson = False) -> None:
    """Show what all users give each category: mean, median and standard deviation.

    Example: groundswell weights population
    """
    print_rows(WEIGHTS.ask(lambda reader: reader.population()), POPULATION, as_json=as_json)


def impact(user: UserId, limit: Limit = 100, as_json: AsJson = False) -> None:
    """Show a user's impact in waves, by what the user's weights make of it.

    Example: groundswell weights impact ada --limit 20
    """
    found = WEIGHTS.ask(lambda reader: reader.personal_impact(user, limit=limit))
    if as_json:
        console.emit_json(asdict(found))
        return
    print_rows(found.rows, WAVES, as_json=False)
    begins = " with the weights that everybody begins with" if found.weights.is_default else ""
    console.note(f"{len(found.rows):,} of {found.waves:,} waves; in all {found.total:,}{begins}")


def set_weights(
    user: UserId,
    community: Share,
    environment: Share,
    workers: Share,
    expected_version: Annotated[
        int | None, typer.Option(min=0, help="Only if this version stands; 0: only if none does.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Set a user's weights; says where in the log. A version that is not the one that stands is refused when
    the event is folded: `groundswell dead-letters list --system weights` tells.

    Example: groundswell weights set ada --community 0.5 --environment 0.3 --workers 0.2 --expected-version 3
    """
    from events.weights import WeightsSet

    event = WeightsSet.new(
        user_id=user,
        actor=actor(by),
        weights={
            "community": decimal(community, "--community"),
            "environment": decimal(environment, "--environment"),
            "workers": decimal(workers, "--workers"),
        },
        expected_version=expected_version,
    )
    publish_one(event, as_json=as_json)


def delete(user: UserId, by: By = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Remove a user with weights and history; the user does not come back.

    Example: groundswell weights delete ada --yes
    """
    from events.weights import UserDeleted

    event = UserDeleted.new(user_id=user, actor=actor(by), actor_type="admin")
    confirm(f"Remove user {user} for ever?", yes=yes)
    publish_one(event, as_json=as_json)


def spread(community: Number, environment: Number, workers: Number, as_json: AsJson = False) -> None:
    """Turn three numbers into weights of the same proportion: hundredths by largest remainder.

    Example: groundswell weights spread 7 7 7
    """
    from msgspec.structs import asdict as fields_of

    from events.distributions import distributed

    found = distributed(
        decimal(community, "COMMUNITY"), decimal(environment, "ENVIRONMENT"), decimal(workers, "WORKERS")
    )
    print_thing(fields_of(found), as_json=as_json)


def _in_force(row: dict[str, Any]) -> Mapping[str, Any]:
    since, until = row["effective_from"], row["effective_to"]
    ended = "never in force" if since == until else minute(until)
    return {**row, "from": minute(since), "until": ended}
