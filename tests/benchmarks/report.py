"""The figures of all contestants: tables on stdout, one JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from deploy.cli import console
from tests.benchmarks.contest import Contestant
from tests.benchmarks.measurement import Latency, Measurement, Spread, spread_over

MEBIBYTE: Final = 1 << 20


def _latency(latency: str, name: str, run: Measurement) -> float | None:
    found: Latency | None = getattr(run, latency)
    value: float | None = getattr(found, name, None)
    return value


FIGURES: Final[dict[str, Callable[[Measurement], float | None]]] = {
    "seconds": lambda run: run.seconds,
    "events_per_second": lambda run: run.events_per_second,
    "worker_cpu_seconds": lambda run: run.usage.worker_cpu_seconds,
    "kafka_cpu_seconds": lambda run: run.usage.kafka_cpu_seconds,
    "postgres_cpu_seconds": lambda run: run.usage.postgres_cpu_seconds,
    "worker_memory_bytes_max": lambda run: run.usage.worker_memory_bytes_max,
    **{
        f"{latency}_{name}_ms": partial(_latency, f"{latency}_ms", name)
        for latency in (
            "sent_to_visible",
            "appended_to_visible",
            "sent_to_cached",
            "visible_to_cached",
            "appended_to_decided",
            "answered",
        )
        for name in ("p50", "p99", "max")
    },
    "alone_p50_ms": lambda run: run.details.get("alone_p50_ms"),
    "alone_p99_ms": lambda run: run.details.get("alone_p99_ms"),
    "sql_p50_ms": lambda run: run.details.get("sql_p50_ms"),
    "sql_p99_ms": lambda run: run.details.get("sql_p99_ms"),
    "warm_events_per_second": lambda run: run.details.get("warm_events_per_second"),
    "start_seconds": lambda run: run.details.get("start_seconds"),
    "command_seconds": lambda run: run.details.get("command_seconds"),
}
"""What is summed up over the runs, by its name in the JSON file; the unit is in the name."""

_LEFT: Final = ("contestant", "question", "check")
_RATES: Final = (
    "contestant", "runs", "events", "seconds", "events/s", "min..max", "warm/s", "worker CPU s",
    "Kafka CPU s", "Postgres CPU s", "worker MiB", "check",
)  # fmt: skip
_LATENCIES: Final = (
    "contestant", "runs", "p50 ms", "min..max p50", "p99 ms", "max ms", "from append", "Redis p50",
    "Redis p99", "Redis max", "Postgres to Redis", "to decision", "worker CPU s", "Postgres CPU s", "check",
)  # fmt: skip
_ANSWERS: Final = (
    "question", "runs", "asked", "p50 ms", "min..max p50", "p99 ms", "min..max p99", "max ms",
    "alone p50", "alone p99", "in SQL p50", "in SQL p99", "check",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """A contestant and its runs; ``absent`` says why there are none."""

    contestant: Contestant
    runs: tuple[Measurement, ...]
    absent: str | None = None

    @property
    def differences(self) -> tuple[str, ...]:
        return tuple(line for run in self.runs for line in run.differences)

    @property
    def spreads(self) -> dict[str, Spread | None]:
        return {name: spread_over(self.runs, figure) for name, figure in FIGURES.items()}

    @property
    def answers(self) -> bool:
        """Whether it is about answers to a question, and not about events."""
        return any(run.answered_ms for run in self.runs)

    @property
    def is_steady(self) -> bool:
        """Whether events came at a given rate, and it is about how long each of them took."""
        return any(run.sent_to_visible_ms for run in self.runs)


def told(run: Measurement) -> str:
    """One run in a line."""
    verdict = "right" if not run.differences else "WRONG: " + "; ".join(run.differences)
    if run.answered_ms is not None:
        latency = run.answered_ms
        return f"p50 {latency.p50:.2f} ms, p99 {latency.p99:.2f} ms, max {latency.max:.2f} ms, {verdict}"
    if run.sent_to_visible_ms is not None and run.sent_to_cached_ms is not None:
        postgres, redis = run.sent_to_visible_ms, run.sent_to_cached_ms
        return (
            f"{run.events_per_second:,.0f}/s, visible after {postgres.p50:.1f} ms (p99 {postgres.p99:.1f}),"
            f" in Redis after {redis.p50:.1f} ms (p99 {redis.p99:.1f}), {verdict}"
        )
    return f"{run.events:,} events in {run.seconds:.1f} s, {run.events_per_second:,.0f}/s, {verdict}"


def print_tables(results: Sequence[Result]) -> None:
    """Medians over the runs.

    Latencies of events count from when an event was due at the producer until it is visible in Postgres, and
    in Redis; `from append` has p50 / p99 / max counted from the broker's own time, `Postgres to Redis` from
    where the event was visible first, `to decision` from the broker's time to what was decided about it.
    Latencies and answers to questions have tables of their own.
    """
    rates = [result for result in results if not result.answers and not result.is_steady]
    for names, rows in (
        (_RATES, [_rate_row(result) for result in rates]),
        (_LATENCIES, [_latency_row(result) for result in results if result.is_steady]),
        (_ANSWERS, [_answer_row(result) for result in results if result.answers]),
    ):
        if rows:
            console.table(
                rows, [console.Column(name, align="left" if name in _LEFT else "right") for name in names]
            )


def write_json(file: Path, machine: Mapping[str, Any], results: Sequence[Result]) -> None:
    """Everything, in a file whose folder is made when it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    contestants = [
        {
            "name": result.contestant.name,
            "title": result.contestant.title,
            "skipped": result.absent,
            "correct": None if result.absent else not result.differences,
            "spread": {name: spread and asdict(spread) for name, spread in result.spreads.items()},
            "runs": [{**asdict(run), "events_per_second": run.events_per_second} for run in result.runs],
        }
        for result in results
    ]
    document = {"machine": machine, "contestants": contestants}
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _rate_row(result: Result) -> dict[str, Any]:
    title = result.contestant.title
    if result.absent is not None:
        return {"contestant": title, "runs": 0, "check": f"skipped: {result.absent}"}
    spreads = result.spreads
    rate = spreads["events_per_second"]
    memory = spreads["worker_memory_bytes_max"]
    assert rate is not None, "there is at least one run"
    assert memory is not None, "there is at least one run"
    return {
        "contestant": title,
        "runs": len(result.runs),
        "events": result.runs[0].events,
        "seconds": _shown(spreads["seconds"]),
        "events/s": round(rate.median),
        "min..max": f"{rate.min:,.0f}..{rate.max:,.0f}",
        "warm/s": _shown(spreads["warm_events_per_second"], 0),
        "worker CPU s": _shown(spreads["worker_cpu_seconds"]),
        "Kafka CPU s": _shown(spreads["kafka_cpu_seconds"]),
        "Postgres CPU s": _shown(spreads["postgres_cpu_seconds"]),
        "worker MiB": round(memory.median / MEBIBYTE),
        "check": _verdict(result),
    }


def _latency_row(result: Result) -> dict[str, Any]:
    spreads = result.spreads
    p50 = spreads["sent_to_visible_p50_ms"]
    assert p50 is not None, "each run has latencies"
    return {
        "contestant": result.contestant.title,
        "runs": len(result.runs),
        "p50 ms": _shown(p50),
        "min..max p50": f"{p50.min:,.1f}..{p50.max:,.1f}",
        "p99 ms": _shown(spreads["sent_to_visible_p99_ms"]),
        "max ms": _shown(spreads["sent_to_visible_max_ms"]),
        "from append": _three(spreads, "appended_to_visible"),
        "Redis p50": _shown(spreads["sent_to_cached_p50_ms"]),
        "Redis p99": _shown(spreads["sent_to_cached_p99_ms"]),
        "Redis max": _shown(spreads["sent_to_cached_max_ms"]),
        "Postgres to Redis": _three(spreads, "visible_to_cached"),
        "to decision": _three(spreads, "appended_to_decided"),
        "worker CPU s": _shown(spreads["worker_cpu_seconds"]),
        "Postgres CPU s": _shown(spreads["postgres_cpu_seconds"]),
        "check": _verdict(result),
    }


def _three(spreads: Mapping[str, Spread | None], latency: str) -> str:
    """p50 / p99 / max."""
    found = (spreads[f"{latency}_{name}_ms"] for name in ("p50", "p99", "max"))
    return " / ".join(shown for shown in map(_shown, found) if shown is not None)


def _answer_row(result: Result) -> dict[str, Any]:
    p50, p99, most = (result.spreads[f"answered_{name}_ms"] for name in ("p50", "p99", "max"))
    assert p50 is not None, "each run has answers"
    assert p99 is not None, "each run has answers"
    return {
        "question": result.contestant.title,
        "runs": len(result.runs),
        "asked": result.runs[0].events,
        "p50 ms": _shown(p50, 2),
        "min..max p50": f"{p50.min:.2f}..{p50.max:.2f}",
        "p99 ms": _shown(p99, 2),
        "min..max p99": f"{p99.min:.2f}..{p99.max:.2f}",
        "max ms": _shown(most),
        "alone p50": _shown(result.spreads["alone_p50_ms"], 2),
        "alone p99": _shown(result.spreads["alone_p99_ms"], 2),
        "in SQL p50": _shown(result.spreads["sql_p50_ms"], 2),
        "in SQL p99": _shown(result.spreads["sql_p99_ms"], 2),
        "check": _verdict(result),
    }


def _verdict(result: Result) -> str:
    return f"WRONG: {result.differences[0]}" if result.differences else "right"


def _shown(spread: Spread | None, digits: int = 1) -> str | None:
    return None if spread is None else f"{spread.median:,.{digits}f}"
