"""`groundswell import preflib`: the votes of a file of complete strict orders as events of system 4."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.past_telling import past_told, tell
from events.capacities import CAPACITY_MAX

if TYPE_CHECKING:
    from events.preflib import Profile


@dataclass(frozen=True)
class Imported:
    """The period, and what was acknowledged by kind."""

    period_id: str
    topics: int
    students: int
    rankings: int
    events: int
    seconds: float

    def __str__(self) -> str:
        parts = f"{self.topics:,} topics + {self.students:,} students + {self.rankings:,} rankings"
        return f"period {self.period_id}: 1 + {parts} = {self.events:,} events"


def preflib(
    file: Annotated[
        str, typer.Argument(metavar="FILE.soc", help="Complete strict orders, also gzip or zstd.")
    ],
    capacity: Annotated[
        int, typer.Option(min=1, max=CAPACITY_MAX, help="How many students can get each topic.")
    ] = 1,
    period: Annotated[
        str | None, typer.Option(metavar="ID", help="The period's id; made of the file's name if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish the votes of a file of PrefLib: voters become students, alternatives topics, the file a period.

    The file is taken as a whole or not at all; what is wrong in it is told with its line. Ids derive from
    what it says, so a second import changes nothing.

    Example: groundswell import preflib 00009-00000001.soc --capacity 17
    """
    from events.preflib import period_of

    profile = read_profile(file)
    imported = asyncio.run(import_profile(profile, period_of(profile, period), capacity))
    if as_json:
        console.emit_json(asdict(imported))
    else:
        console.emit(str(imported))
        console.note(f"acknowledged by all replicas in {imported.seconds:.1f} s")


def read_profile(file: str) -> Profile:
    """What the file says. Raises WrongUsage, and InputBroken where it cannot be read on."""
    from deploy.cli.event_lines import opened
    from events.instants import system_clock
    from events.ndjson import decompressed, read_lines
    from events.preflib import read

    with opened(file) as stream:
        return read(read_lines(decompressed(stream)), file, now=system_clock())


async def import_profile(profile: Profile, period_id: str, capacity: int) -> Imported:
    """Publishes the votes with a progress bar; nothing is decided before they are there.

    Raises ServerUnreachable when Kafka or Postgres cannot be reached.
    """
    from events.instants import system_clock
    from events.preflib import told

    async with past_told("rankings") as publisher:
        with console.progress("voters", total=1 + profile.voters, unit="voters") as bar:
            steps = told(profile, period_id, at=system_clock(), capacity=capacity)
            published = await tell(publisher, steps, bar.advance)
    return Imported(
        period_id=period_id,
        topics=published.by_type["rankings.topic_created"],
        students=published.by_type["rankings.student_registered"],
        rankings=published.by_type["rankings.rankings_updated"],
        events=published.events,
        seconds=published.seconds,
    )
