"""Times as people write them in options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from events.errors import WrongUsage
from projections.arguments import TREND_HOURS_MAX

if TYPE_CHECKING:
    from datetime import datetime

Hours = Annotated[int, typer.Option(min=1, max=TREND_HOURS_MAX, help="How many hours.")]
UntilHour = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="A whole hour to end with; the end of this one if not given."),
]


def instant_given(text: str | None, option: str, *, whole_hour: bool = False) -> datetime | None:
    """The time, or None where the option is not given."""
    return None if text is None else instant(text, option, whole_hour=whole_hour)


def instant(text: str, option: str, *, whole_hour: bool = False) -> datetime:
    """A time such as 2026-11-21T10:00:00Z, in UTC. Raises WrongUsage that names the option."""
    from events.instants import InstantRule

    try:
        return InstantRule(whole_hour=whole_hour).check(text)
    except ValueError as error:
        raise WrongUsage(f"{option} {error}; write it like 2026-11-21T10:00:00Z") from None
