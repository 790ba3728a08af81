"""Promote, rollback and drop: which generation readers see, changed as a whole or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

import psycopg

from events.errors import GroundswellError, WrongUsage
from projections.postgres import promotion
from projections.postgres.connection import PatientReader, reached
from projections.postgres.exclusive import Exclusive
from projections.postgres.generations import Generation, find_active, generations, remake_functions
from projections.postgres.progress import Progress, progress
from streams.crew import Crew
from streams.errors import FoldChanged
from streams.log_extent import log_ends
from streams.rebuild_place import Place
from streams.rebuilding import CLOSE_RECORDS, LOOK_SECONDS, Report, bring_up_to_date, fold_up_to

ATTEMPT_PAUSE_SECONDS: Final = 0.5
"""Between two attempts: whoever was kept waiting by the last one goes first."""
ATTEMPTS_SECONDS_MAX: Final = 60.0
HAND_OVER_SECONDS_MAX: Final = 20.0


class NotPromoted(GroundswellError):
    """The generation could not be put in the place of the active one in time; nothing has changed. Look at
    who holds the views (pg_stat_activity shows long transactions), and run the command again."""

    code = "not_promoted"


@dataclass(frozen=True)
class Promoted:
    """``new`` is active; ``old`` was before, None when none was or ``new`` itself was active already."""

    new: Generation
    old: Generation | None


async def promote(place: Place, number: int, report: Report) -> Promoted:
    """Makes the generation the one that readers see, once it has folded as far as the active one.

    Raises WrongUsage for one that cannot be promoted, NotPromoted, AnotherRuns, ReplayStopped.
    """
    await place.migrated()
    async with place.changing_generations() as lock:
        return await _promote(place, await _found(place, number), report, lock)


async def rollback(place: Place, report: Report) -> Promoted:
    """Promotes the generation that was active before the one that is."""
    await place.migrated()
    async with place.changing_generations() as lock:
        async with reached(place.settings.postgres) as connection:
            number = await promotion.active_before(connection, place.system.name)
        if number is None:
            raise WrongUsage(
                f"there is no generation of {place.system.name} to roll back to: none but the active one was"
                f" ever active. `groundswell generations {place.system.name}` lists them"
            )
        return await _promote(place, await _found(place, number), report, lock)


async def drop(place: Place, number: int) -> Generation:
    """Removes a generation that is not active, and everything in it."""
    await place.migrated()
    generation = await _found(place, number)
    # A scratch one may be in the hands of a verify, any other in those of a rebuild.
    lock = place.verifying() if generation.kind == "scratch" else place.changing_generations()
    async with lock:
        await drop_generation(place, generation)
    return generation


async def drop_generation(place: Place, generation: Generation) -> None:
    """The same, under a lock that the caller holds."""

    async def attempt() -> bool:
        connection = await place.connected()
        async with connection:
            return await promotion.drop(connection, generation)

    if not await _tried(f"drop generation {generation.number} of {generation.system}", attempt):
        raise WrongUsage(
            f"generation {generation.number} of {generation.system} is the active one: promote another first"
        )


async def _until_taken_over(reader: PatientReader, new: Generation, former: Mapping[int, int]) -> None:
    """Until each partition has another owner, or HAND_OVER_SECONDS_MAX are over."""
    deadline = monotonic() + HAND_OVER_SECONDS_MAX
    while monotonic() < deadline:
        if _have_new_owners(await progress(reader, new), former, former):
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _has_workers(place: Place) -> bool:
    async with reached(place.settings.postgres) as connection:
        return await promotion.has_workers(connection, place.system.name)


async def _found(place: Place, number: int) -> Generation:
    async with reached(place.settings.postgres) as connection:
        known = {found.number: found for found in await generations(connection, place.system.name)}
    if number not in known:
        numbers = ", ".join(map(str, known)) or "none"
        raise WrongUsage(f"{place.system.name} has no generation {number}; there are: {numbers}")
    return known[number]


async def _promote(place: Place, new: Generation, report: Report, lock: Exclusive) -> Promoted:
    if new.active:
        return Promoted(new, None)
    _check_promotable(place, new)
    await _come_close(place, new, report, lock)
    await _as_this_release_has_them(place, new)
    reader = PatientReader(place.settings.postgres)
    try:
        ends = await log_ends(place.settings, place.topic)
        before = await progress(reader, new)
        async with place.crew(new, len(ends), follows=True) as crew:
            await _until_following(reader, new, before.epochs, ends, crew, lock)
            await _brought_up_to_date(place, new)
            has_workers = await _has_workers(place)
            owned = await progress(reader, new)
            old = await _take_its_place(place, new, crew, lock)
            if has_workers:
                # They start afresh, which takes seconds: until then the replays keep readers up to date.
                crew.retire()
                await _until_taken_over(reader, new, owned.epochs)
            return Promoted(new, old)
    finally:
        await reader.close()


def _check_promotable(place: Place, new: Generation) -> None:
    what = f"generation {new.number} of {new.system}"
    if new.kind == "scratch":
        raise WrongUsage(f"{what} is a scratch one, folded by a verify: it cannot be promoted")
    if new.until_offsets is not None:
        raise WrongUsage(
            f"{what} was rebuilt only up to a time (--until): it cannot be promoted. Read it in schema"
            f" {new.schema}, or rebuild without --until"
        )
    if new.fold_version != place.system.fold.version:
        raise FoldChanged(
            f"{what} was folded by version {new.fold_version} of the rules, this release folds by version"
            f" {place.system.fold.version}: install the release that folded it, or run"
            f" `groundswell rebuild {new.system} --promote`"
        )


async def _as_this_release_has_them(place: Place, new: Generation) -> None:
    """The functions of a generation that an earlier release made."""

    async def attempt() -> bool:
        connection = await place.connected()
        async with connection, connection.transaction():
            await remake_functions(connection, place.system.model, new)
        return True

    await _tried(f"make the functions of generation {new.number} of {new.system}", attempt)


async def _brought_up_to_date(place: Place, new: Generation) -> None:
    """What follows from the clock, while the replays flush beside it."""

    async def attempt() -> bool:
        await bring_up_to_date(place, new)
        return True

    await _tried(f"bring generation {new.number} of {new.system} up to date", attempt)


async def _come_close(place: Place, new: Generation, report: Report, lock: Exclusive) -> None:
    """What the generation is behind by is folded in bulk, where it is much."""
    ends = await log_ends(place.settings, place.topic)
    reader = PatientReader(place.settings.postgres)
    try:
        now = await progress(reader, new)
    finally:
        await reader.close()
    left = sum(max(0, end - now.next_offsets.get(partition, 0)) for partition, end in ends.items())
    if left > CLOSE_RECORDS:
        await fold_up_to(place, new, ends, report, lock)


async def _until_following(
    reader: PatientReader,
    new: Generation,
    former: Mapping[int, int],
    ends: Mapping[int, int],
    crew: Crew,
    lock: Exclusive,
) -> None:
    """Until the replays own the partitions, have folded what the log held when they began, and have finished
    the chores."""
    while True:
        now = await progress(reader, new)
        is_level = all(now.next_offsets.get(partition, 0) >= end for partition, end in ends.items())
        if is_level and now.chores == 0 and _have_new_owners(now, former, ends):
            return
        crew.has_ended()
        await lock.check()
        await asyncio.sleep(LOOK_SECONDS)


def _have_new_owners(now: Progress, former: Mapping[int, int], partitions: Iterable[int]) -> bool:
    return all(now.epochs.get(partition, 0) > former.get(partition, 0) for partition in partitions)


async def _take_its_place(place: Place, new: Generation, crew: Crew, lock: Exclusive) -> Generation | None:
    """The transaction that promotes, tried until it succeeds; answers which generation was active before."""
    before: list[Generation | None] = []

    async def attempt() -> bool:
        crew.has_ended()
        await lock.check()
        connection = await place.connected()
        async with connection:
            active = await find_active(connection, new.system)
            if active is not None and active.number == new.number:
                # A commit in doubt was one.
                return True
            before[:] = [active]
            return await promotion.activate(connection, place.system.model, active, new)

    await _tried(f"promote generation {new.number} of {new.system}", attempt, until=True)
    return before[0]


async def _tried(doing: str, attempt: Callable[[], Awaitable[bool]], *, until: bool | None = None) -> bool:
    """What ``attempt`` answers, tried again while it meets locks or a lost connection, and until it answers
    ``until`` where that is given."""
    deadline = monotonic() + ATTEMPTS_SECONDS_MAX
    while True:
        reason = "it did not come level with the active one"
        try:
            answer = await attempt()
            if until is None or answer is until:
                return answer
        except psycopg.OperationalError as error:
            # Locks, deadlocks, timeouts, lost connections: all of them pass.
            reason = str(error).strip()
        if monotonic() > deadline:
            raise NotPromoted(
                f"could not {doing} in {ATTEMPTS_SECONDS_MAX:.0f} s: {reason}. Nothing has changed: look at"
                " long transactions in pg_stat_activity, and run the command again"
            )
        await asyncio.sleep(ATTEMPT_PAUSE_SECONDS)
