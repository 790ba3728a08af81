"""Times as people write them in options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.errors import WrongUsage

if TYPE_CHECKING:
    from datetime import datetime


def instant(text: str, option: str, *, whole_hour: bool = False) -> datetime:
    """A time such as 2026-11-21T10:00:00Z, in UTC. Raises WrongUsage that names the option."""
    from events.instants import InstantRule

    try:
        return InstantRule(whole_hour=whole_hour).check(text)
    except ValueError as error:
        raise WrongUsage(f"{option} {error}; write it like 2026-11-21T10:00:00Z") from None
