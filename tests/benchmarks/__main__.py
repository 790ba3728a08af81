"""`python -m tests.benchmarks`: throughput and freshness, side by side in one run.

Progress goes to stderr, tables to stdout, everything to build/bench.json. The servers are a local stack
of the benchmark's own in a temporary folder, or those that the environment names. Each contestant's totals
are checked against a count over its input; a wrong one makes the exit code 4.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from deploy.cli import console
from events.errors import DifferenceFound, GroundswellError, WrongUsage
from projections.postgres.connection import reached
from tests.benchmarks.contest import Absent, Heat, Race
from tests.benchmarks.contestants import heats
from tests.benchmarks.machine import machine
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.report import Result, print_tables, told, write_json
from tests.benchmarks.servers import Servers, servers

JSON_FILE: Final = Path(__file__).parents[2] / "build" / "bench.json"
RUNS: Final = 3
EXIT_STOPPED: Final = 130


async def run_all(chosen: Sequence[tuple[Heat, frozenset[str]]], runs: int, file: Path) -> list[Result]:
    """Every heat in turn. The file is written after each, so that a failure keeps what is there."""
    results: list[Result] = []
    task = asyncio.current_task()
    assert task is not None
    # As Ctrl-C does by itself: everything that was started ends, everything that was made goes.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with servers() as started:
        async with reached(started.postgres) as connection:
            made_on = await machine(connection, kafka_is_own=started.kafka_pid is not None)
        for heat, names in chosen:
            results += await _run(heat, names, runs, started)
            write_json(file, made_on, results)
    return results


async def _run(heat: Heat, names: frozenset[str], runs: int, started: Servers) -> list[Result]:
    entered = [contestant for contestant in heat.contestants if contestant.name in names]
    others = f" and {len(entered) - 1} others" if len(entered) > 1 else ""
    console.note(f"{entered[0].title}{others}: preparing")
    measured: dict[str, list[Measurement]] = {contestant.name: [] for contestant in entered}
    async with heat.prepare(started, names) as races:
        for number in range(1, runs + 1):
            for contestant in entered:
                race = races[contestant.name]
                if not isinstance(race, Absent):
                    run = await race()
                    measured[contestant.name].append(run)
                    console.note(f"{contestant.title}: run {number} of {runs}: {told(run)}")
    return [
        Result(contestant, tuple(measured[contestant.name]), _reason(races[contestant.name]))
        for contestant in entered
    ]


def _reason(race: Race | Absent) -> str | None:
    return race.reason if isinstance(race, Absent) else None


def chosen_heats(names: Sequence[str] | None, *, quick: bool) -> list[tuple[Heat, frozenset[str]]]:
    """The heats with the contestants that shall run in each: those of these names, and those whose names go
    on from one of them after a hyphen. Raises WrongUsage."""
    found: list[tuple[Heat, frozenset[str]]] = []
    known = heats(quick=quick)
    all_names = [contestant.name for heat in known for contestant in heat.contestants]
    for name in names or ():
        if not any(_is_meant(other, [name]) for other in all_names):
            raise WrongUsage(f"there is no contestant {name!r}: choose from {', '.join(all_names)}")
    for heat in known:
        meant = frozenset(
            contestant.name
            for contestant in heat.contestants
            if names is None or _is_meant(contestant.name, names)
        )
        if meant:
            found.append((heat, meant))
    return found


def _is_meant(name: str, given: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one}-") for one in given)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Throughput and freshness: tables on stdout, everything in build/bench.json.",
        epilog="Example: python -m tests.benchmarks --runs 1 --only rollups",
    )
    parser.add_argument(
        "--runs", type=int, metavar="N", help=f"runs of each contestant (default: {RUNS}, with --quick 1)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small counts: shows that all works, not how fast"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="this contestant, or those whose names begin so; may be given again",
    )
    parser.add_argument(
        "--json-file", type=Path, default=JSON_FILE, metavar="FILE", help="where the figures go"
    )
    given = parser.parse_args(arguments)
    given.runs = given.runs if given.runs is not None else 1 if given.quick else RUNS
    if given.runs < 1:
        parser.error(f"--runs is {given.runs}: give 1 or more")
    return given


def main(arguments: list[str] | None = None) -> int:
    """Answers the exit code."""
    given = _arguments(arguments)
    # Kafka's client warns of each try while a new topic's leader settles.
    logging.basicConfig(level=logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        results = asyncio.run(
            run_all(chosen_heats(given.only, quick=given.quick), given.runs, given.json_file)
        )
        print_tables(results)
        console.note(f"all figures are in {given.json_file}")
        wrong = [result.contestant.title for result in results if result.differences]
        if wrong:
            raise DifferenceFound(
                f"the totals are not the input's: {', '.join(wrong)}; see the figures' file"
            )
    except GroundswellError as error:
        console.fail(error)
        return error.exit_code
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.note("stopped; the figures of the contestants before are in the file")
        return EXIT_STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
