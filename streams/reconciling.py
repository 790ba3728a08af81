"""A reconciliation by command: what the leader does every night, now, for as many days as one likes."""

from typing import Any

from events.errors import WrongUsage
from events.settings import Settings
from streams.commanded import decide_now
from streams.system import StreamSystem


async def reconcile(system: StreamSystem, settings: Settings, days: int) -> dict[str, Any]:
    """Looks for drift in what follows from rows changed in so many days, repairs it, and publishes the
    report; answers it. The report's time is the one at which it was asked for, by Postgres's clock.

    What is repaired stays repaired, whatever stops this, and the next report tells it.
    Raises WrongUsage where the system has nothing to reconcile, and what `decide_now` raises.
    """
    if system.reconciliation is None:
        raise WrongUsage(f"{system.name} has no totals that are recomputed: reconcile content, for example")
    (report,) = await decide_now(system, settings, system.reconciliation(days))
    return report
