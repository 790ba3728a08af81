"""Rebuild: a new generation, folded from the beginning of the log by replays, beside the live one.

Everything that counts stands in the tables, so whatever is killed, the next rebuild goes on where this one
stood.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final, TypeAlias

from psycopg import AsyncConnection, sql

from projections.postgres.connection import PatientReader, reached
from projections.postgres.exclusive import Exclusive
from projections.postgres.generations import (
    Generation,
    create_generation,
    find_active,
    generations,
    next_number,
    parameters_of,
)
from projections.postgres.progress import progress
from projections.postgres.recalculation import calculate, period_now, position, recompute_all
from streams.crew import Crew
from streams.log_extent import log_ends, offsets_at
from streams.rebuild_place import Place

LOOK_SECONDS: Final = 0.25
CLOSE_RECORDS: Final = 20_000
"""A generation that is behind by no more than this is done: replays that follow are level within a second."""

Report: TypeAlias = Callable[[int, int], None]
"""Hears how many records are folded, and how many there are to fold."""


@dataclass(frozen=True)
class Rebuilt:
    """A generation that has folded all there was. ``records`` and ``seconds`` are of this run alone."""

    generation: Generation
    records: int
    seconds: float
    was_resumed: bool

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds if self.seconds else 0.0


async def rebuild(place: Place, report: Report, *, until: datetime | None = None) -> Rebuilt:
    """Folds the whole log, or what was appended before ``until``, into a generation of its own.

    Goes on with the newest one that never was active, if it was made by the same rules. Raises AnotherRuns,
    ServerUnreachable, ReplayStopped.
    """
    await place.migrated()
    async with place.changing_generations() as lock:
        ends = await log_ends(place.settings, place.topic)
        if until is not None:
            ends = await offsets_at(place.settings, place.topic, until)
        generation, was_there = await _generation_to_fold(place, None if until is None else ends)
        began = monotonic()
        records = await fold_up_to(place, generation, ends, report, lock)
        if generation.until_offsets is None:
            await bring_up_to_date(place, generation)
        return Rebuilt(generation, records, monotonic() - began, was_there)


async def _generation_to_fold(
    place: Place, until_offsets: Mapping[int, int] | None
) -> tuple[Generation, bool]:
    """The generation to go on with, or a new one; and whether it was there."""
    model, version = place.system.model, place.system.fold.version
    parameters = parameters_of(model, place.settings)
    async with reached(place.settings.postgres) as connection:
        for found in reversed(await generations(connection, model.system)):
            rules = (found.fold_version, found.parameters, found.until_offsets)
            is_unused = found.kind == "whole" and found.promoted_at is None and not found.active
            if is_unused and rules == (version, parameters, until_offsets):
                return found, True
        async with connection.transaction():
            number = await next_number(connection, model.system)
            made = await create_generation(
                connection, model, version, number,
                active=False, parameters=parameters, until_offsets=until_offsets,
            )  # fmt: skip
        return made, False


async def fold_up_to(
    place: Place, generation: Generation, ends: Mapping[int, int], report: Report, lock: Exclusive
) -> int:
    """Replays fold the generation until each position has reached its end and no chore is left; answers how
    many records they read. Where the generation has no end of its own and the log has grown meanwhile, they
    go on until little of it is left."""
    reader = PatientReader(place.settings.postgres)
    try:
        before = (await progress(reader, generation)).records
        async with place.crew(generation, len(ends)) as crew:
            while True:
                await _until_folded(reader, generation, ends, crew, report, lock)
                if generation.until_offsets is not None:
                    break
                now = await log_ends(place.settings, place.topic)
                if sum(now.values()) - sum(ends.values()) <= CLOSE_RECORDS:
                    break
                ends = now
        return (await progress(reader, generation)).records - before
    finally:
        await reader.close()


async def _until_folded(
    reader: PatientReader,
    generation: Generation,
    ends: Mapping[int, int],
    crew: Crew,
    report: Report,
    lock: Exclusive,
) -> None:
    total = sum(ends.values())
    while True:
        now = await progress(reader, generation)
        left = sum(max(0, end - now.next_offsets.get(partition, 0)) for partition, end in ends.items())
        report(total - left, total)
        if left == 0 and now.chores == 0:
            return
        crew.has_ended()
        await lock.check()
        await asyncio.sleep(LOOK_SECONDS)


async def bring_up_to_date(place: Place, generation: Generation) -> None:
    """What follows from the clock is as of now, and Postgres knows how large the tables are: readers find a
    generation as good as the one before it."""
    model = place.system.model
    connection = await place.connected()
    async with connection:
        for table in (*model.tables, *model.windows):
            name = sql.Identifier(generation.schema, table.name)
            await connection.execute(sql.SQL("ANALYZE {}").format(name))
        for window in model.windows:
            await recompute_all(connection, generation, window)
        for calculated in model.calculated:
            as_of = await _calculated_as_of(connection, generation, calculated.name, calculated.period)
            await calculate(connection, generation, calculated, as_of)


async def _calculated_as_of(
    connection: AsyncConnection[Any], generation: Generation, table: str, period: Any
) -> datetime:
    """As of when to calculate: not before what readers see now."""
    active = await find_active(connection, generation.system)
    shown = None if active is None else await position(connection, active, table)
    running = await period_now(connection, period)
    return running if shown is None else max(running, shown)
