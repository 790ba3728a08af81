"""`groundswell weights`: what users' categories weigh, and what an action of a bucket does from when on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.numbers import decimal
from deploy.cli.one_event import By, Yes, actor, confirm, publish_one
from deploy.cli.reading import ACTIONS
from deploy.cli.user_weights import add_commands

if TYPE_CHECKING:
    from events.actions import BucketWeightSet
    from projections.actions.answers import WeightReach


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(help="What users' categories weigh, and what actions do.", no_args_is_help=True)
    add_commands(group)
    group.command("set-bucket")(set_bucket)
    app.add_typer(group, name="weights")


def set_bucket(
    bucket: Annotated[str, typer.Argument(help="The bucket, for example planning.")],
    multiplier: Annotated[str, typer.Argument(help="What an action weighs: 0 to 100, at most 6 places.")],
    effective_from: Annotated[
        str, typer.Option("--from", metavar="HOUR", help="A whole hour of UTC, at most 31 days back.")
    ],
    by: By = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set a bucket's weight from an hour on; shows first what it touches, then asks.

    Actions that are counted already are weighed again, up to the next hour with a weight of its own.

    Example: groundswell weights set-bucket planning 2.5 --from 2026-11-21T00:00:00Z
    """
    event = _event(bucket, multiplier, effective_from, actor(by))
    reach, unknown = _reach(event)
    console.note(_described(event, reach, unknown))
    confirm("Set it?", yes=yes)
    publish_one(event, as_json=as_json, beside={"reach": reach and asdict(reach)})


def _event(bucket: str, multiplier: str, effective_from: str, by: str) -> BucketWeightSet:
    """Checked before anything else happens. Raises WrongUsage and InvalidEvent."""
    from deploy.cli.times import instant
    from events.actions import BucketWeightSet

    return BucketWeightSet.new(
        actor=by,
        actor_type="admin",
        bucket=bucket,
        multiplier=decimal(multiplier, "MULTIPLIER"),
        effective_from=instant(effective_from, "--from", whole_hour=True),
    )


def _reach(event: BucketWeightSet) -> tuple[WeightReach | None, str]:
    """What it touches; or None and why that is not known."""
    from projections.questions import NothingFolded, TookTooLong

    try:
        return ACTIONS.ask(lambda reader: reader.weight_reach(event.bucket, event.effective_from)), ""
    except NothingFolded:
        return None, "no action is folded yet"
    except TookTooLong:
        return None, "it touches so many actions that they could not be counted in time"


def _described(event: BucketWeightSet, reach: WeightReach | None, unknown: str) -> str:
    if reach is None:
        return f"{event.bucket} will weigh {event.multiplier}; {unknown}"
    from projections.actions.sentence import counted

    until = f" until {reach.until:%Y-%m-%d %H:%M} UTC" if reach.until else ""
    return (
        f"{event.bucket} weighs {reach.multiplier_now} and will weigh {event.multiplier}"
        f" from {event.effective_from:%Y-%m-%d %H:%M}{until}: this touches {counted(reach.actions, 'action')}"
        f" in {counted(reach.ripples, 'ripple')} by {counted(reach.users, 'user')}"
    )
