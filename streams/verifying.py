"""Verify: the log folded apart, up to exactly where the live generation stands, and every row compared.

At one cut: the rows and the positions of the live generation are those of one snapshot. A scratch generation
is folded close to the live positions first; then the snapshot is taken, the scratch generation folded to
the positions in it, and both are read in one order.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any, Final

from psycopg import AsyncConnection, IsolationLevel
from psycopg.types.json import Jsonb

from events.errors import GroundswellError, WrongUsage
from projections.postgres.comparables import comparables, not_compared
from projections.postgres.comparison import Compared, compare, lines
from projections.postgres.connection import connect, reached
from projections.postgres.exclusive import Exclusive
from projections.postgres.generations import (
    Generation,
    create_generation,
    find_active,
    generations,
    next_number,
)
from projections.postgres.positions import newest_appended_at
from projections.postgres.recalculation import minute_now, minute_of, period_now, position
from projections.postgres.window_comparison import compare_windows
from streams.errors import FoldChanged
from streams.promoting import drop_generation
from streams.rebuild_place import Place
from streams.rebuilding import Report, fold_up_to

CLOSE_RECORDS: Final = 5_000
"""The snapshot is taken when the scratch generation is behind by no more than this: what is left takes less
than a second."""
APPROACHES_MAX: Final = 10
QUIET_SECONDS_MAX: Final = 60.0
"""How long to wait for a moment without unfinished chores."""
QUIET_LOOK_SECONDS: Final = 0.1
NO_LIMIT: Final = "0"


class NotVerified(GroundswellError):
    """No verdict: the live generation gave no moment at which to compare. Nothing was changed; run it
    again."""

    code = "not_verified"


@dataclass(frozen=True)
class Verified:
    """What was compared, table by table, and what a person must know was not."""

    system: str
    generation: int
    tables: list[Compared]
    exempt: list[str]
    records: int
    seconds: float

    @property
    def rows(self) -> int:
        """Rows compared."""
        return sum(table.rows for table in self.tables)

    @property
    def differences(self) -> int:
        """Values that differ, and rows that one side lacks."""
        return sum(table.total for table in self.tables)


@dataclass(frozen=True)
class Snapshot:
    """The live generation at one moment."""

    connection: AsyncConnection[Any]
    live: Generation
    positions: dict[int, int]
    watermark: datetime | None


async def verify(place: Place, report: Report, sample: float = 100.0) -> Verified:
    """Compares ``sample`` percent of the rows with the log. Raises AnotherRuns, NotVerified, FoldChanged,
    ServerUnreachable, ReplayStopped; whatever happens, the scratch generation is dropped."""
    began = monotonic()
    if not 0 < sample <= 100:
        raise WrongUsage(f"--sample {sample:g}: it must be more than 0 and at most 100 percent")
    await place.migrated()
    async with place.verifying() as lock:
        await _drop_abandoned(place)
        live = await _live(place)
        async with _scratch(place, live) as scratch:
            records = await _come_close(place, live, scratch, report, lock)
            async with _snapshot(place, live) as snapshot:
                records += await _fold_to(place, scratch, snapshot.positions, report, lock)
                tables, exempt = await _compare(place, snapshot, scratch, sample)
        return Verified(live.system, live.number, tables, exempt, records, monotonic() - began)


async def _live(place: Place) -> Generation:
    name = place.system.name
    async with reached(place.settings.postgres) as connection:
        live = await find_active(connection, name)
    if live is None:
        raise WrongUsage(f"{name} has no generation yet: nothing was folded. Start `groundswell worker`")
    if live.fold_version != place.system.fold.version:
        raise FoldChanged(
            f"generation {live.number} of {name} was folded by version {live.fold_version} of the rules, this"
            f" release folds by version {place.system.fold.version}: verify with the release that folded it,"
            f" or run `groundswell rebuild {name} --promote`"
        )
    return live


async def _drop_abandoned(place: Place) -> None:
    """Scratch generations of a verify that was killed: the lock says that nobody uses them."""
    async with reached(place.settings.postgres) as connection:
        known = await generations(connection, place.system.name)
    for generation in known:
        if generation.kind == "scratch":
            await drop_generation(place, generation)


@asynccontextmanager
async def _scratch(place: Place, live: Generation) -> AsyncIterator[Generation]:
    model = place.system.model
    async with reached(place.settings.postgres) as connection, connection.transaction():
        made = await create_generation(
            connection, model, live.fold_version, await next_number(connection, model.system),
            active=False, parameters=live.parameters, kind="scratch", until_offsets={},
        )  # fmt: skip
    try:
        yield made
    finally:
        await drop_generation(place, made)


async def _come_close(
    place: Place, live: Generation, scratch: Generation, report: Report, lock: Exclusive
) -> int:
    """Folds what the live generation has folded, until little is missing; answers how many records."""
    records = 0
    for _ in range(APPROACHES_MAX):
        async with reached(place.settings.postgres) as connection:
            until = await _positions(connection, live)
        new = await _fold_to(place, scratch, until, report, lock)
        records += new
        if new <= CLOSE_RECORDS:
            break
    return records


async def _fold_to(
    place: Place, scratch: Generation, until: dict[int, int], report: Report, lock: Exclusive
) -> int:
    async with reached(place.settings.postgres) as connection:
        ahead = {
            partition: offset
            for partition, offset in (await _positions(connection, scratch)).items()
            if offset > until.get(partition, 0)
        }
        if ahead:
            raise NotVerified(
                f"the positions of {scratch.system} went back below those folded apart, {ahead}: Postgres has"
                " crashed and lost its last flushes, or the generation was reset. Run verify again"
            )
        await connection.execute(
            "UPDATE groundswell.generations SET until_offsets = %s WHERE system = %s AND generation = %s",
            (Jsonb(until), scratch.system, scratch.number),
        )
    return await fold_up_to(place, replace(scratch, until_offsets=until), until, report, lock)


async def _positions(connection: AsyncConnection[Any], generation: Generation) -> dict[int, int]:
    cursor = await connection.execute(
        "SELECT partition, next_offset FROM groundswell.positions WHERE system = %s AND generation = %s",
        (generation.system, generation.number),
    )
    return dict(await cursor.fetchall())


@asynccontextmanager
async def _snapshot(place: Place, live: Generation) -> AsyncIterator[Snapshot]:
    """The live generation as of a moment at which all its chores are finished: half-done ones have no
    counterpart."""
    connection = await connect(
        place.settings.postgres,
        statement_timeout=NO_LIMIT,
        idle_in_transaction_session_timeout=NO_LIMIT,
    )
    async with connection:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        deadline = monotonic() + QUIET_SECONDS_MAX
        while True:
            async with connection.transaction():
                active = await find_active(connection, live.system)
                if active is None or active.number != live.number:
                    raise NotVerified(
                        f"generation {live.number} of {live.system} is not the active one any more: run"
                        " verify again"
                    )
                chores = await _chores(connection, live)
                if chores == 0:
                    positions = await _positions(connection, live)
                    watermark = await newest_appended_at(connection, live.system)
                    yield Snapshot(connection, live, positions, watermark)
                    return
            if monotonic() > deadline:
                raise NotVerified(
                    f"{live.system} had unfinished chores for {QUIET_SECONDS_MAX:.0f} s, {chores} now: run"
                    f" verify again when deletions and late weights are through"
                )
            await asyncio.sleep(QUIET_LOOK_SECONDS)


async def _chores(connection: AsyncConnection[Any], live: Generation) -> int:
    cursor = await connection.execute(
        "SELECT count(*) FROM groundswell.chores WHERE system = %s AND generation = %s",
        (live.system, live.number),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def _compare(
    place: Place, snapshot: Snapshot, scratch: Generation, sample: float
) -> tuple[list[Compared], list[str]]:
    """All tables of both."""
    model = place.system.model
    apart = await connect(
        place.settings.postgres,
        statement_timeout=NO_LIMIT,
        idle_in_transaction_session_timeout=NO_LIMIT,
    )
    async with apart, apart.transaction():
        as_of = {
            table.name: await position(snapshot.connection, snapshot.live, table.name)
            or await period_now(snapshot.connection, table.period)
            for table in model.calculated
        }
        found = []
        for one in comparables(model, snapshot.watermark, as_of, sample):
            ours = lines(snapshot.connection, one.query(snapshot.live), one.parameters)
            theirs = lines(apart, one.query(scratch), one.parameters)
            found.append(await compare(one.shape, ours, theirs))
        for window in model.windows:
            minute = await minute_of(snapshot.connection, snapshot.live, window)
            if minute is None:
                minute = await minute_now(snapshot.connection)
            live = (snapshot.connection, snapshot.live)
            found.append(await compare_windows(window, live, (apart, scratch), minute, sample))
    return found, not_compared(model, snapshot.watermark, as_of)
