"""`python -m tests.benchmarks`: throughput and freshness, side by side in one run.

Progress goes to stderr, one table to stdout, everything to build/bench.json. The servers are a local stack
of the benchmark's own in a temporary folder, or those that the environment names. Each contestant's totals
are checked against a count over its input; a wrong one makes the exit code 4.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Final

from deploy.cli import console
from events.errors import DifferenceFound, GroundswellError, WrongUsage
from projections.postgres.connection import reached
from tests.benchmarks.contest import Contestant
from tests.benchmarks.contestants import contestants
from tests.benchmarks.machine import machine
from tests.benchmarks.report import Result, print_table, write_json
from tests.benchmarks.servers import Servers, servers

JSON_FILE: Final = Path(__file__).parents[2] / "build" / "bench.json"
RUNS: Final = 3
EXIT_STOPPED: Final = 130


async def run_all(chosen: list[Contestant], runs: int, file: Path) -> list[Result]:
    """Every contestant in turn. The file is written after each, so that a failure keeps what is there."""
    results: list[Result] = []
    task = asyncio.current_task()
    assert task is not None
    # As Ctrl-C does by itself: everything that was started ends, everything that was made goes.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with servers() as started:
        async with reached(started.postgres) as connection:
            made_on = await machine(connection, kafka_is_own=started.kafka_pid is not None)
        for contestant in chosen:
            results.append(await _run(contestant, runs, started))
            write_json(file, made_on, results)
    return results


async def _run(contestant: Contestant, runs: int, started: Servers) -> Result:
    console.note(f"{contestant.title}: preparing")
    measured = []
    async with contestant.prepare(started) as race:
        for number in range(1, runs + 1):
            run = await race()
            measured.append(run)
            verdict = "right" if not run.differences else "WRONG: " + "; ".join(run.differences)
            console.note(
                f"{contestant.title}: run {number} of {runs}: {run.events:,} events in {run.seconds:.1f} s,"
                f" {run.events_per_second:,.0f}/s, {verdict}"
            )
    return Result(contestant, tuple(measured))


def _chosen(names: list[str] | None, quick: bool) -> list[Contestant]:
    known = {contestant.name: contestant for contestant in contestants(quick=quick)}
    for name in names or ():
        if name not in known:
            raise WrongUsage(f"there is no contestant {name!r}: choose from {', '.join(known)}")
    return [known[name] for name in known if not names or name in names]


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Throughput and freshness: one table on stdout, everything in build/bench.json.",
        epilog="Example: python -m tests.benchmarks --runs 1 --only rollups",
    )
    parser.add_argument(
        "--runs", type=int, metavar="N", help=f"runs of each contestant (default: {RUNS}, with --quick 1)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small counts: shows that all works, not how fast"
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="this contestant; may be given again")
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
    try:
        results = asyncio.run(run_all(_chosen(given.only, given.quick), given.runs, given.json_file))
        print_table(results)
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
