"""What one run of a contestant gives, and what several come to: the median, and from least to most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost: CPU seconds by process, and the most memory that each worker ever held, added up, in
    bytes.

    None where the server is not the benchmark's own, so that its process cannot be read.
    """

    worker_cpu_seconds: float
    kafka_cpu_seconds: float | None
    postgres_cpu_seconds: float | None
    worker_memory_bytes_max: int


@dataclass(frozen=True, slots=True)
class Latency:
    """How long events took, in milliseconds."""

    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run. ``differences`` says where the totals are not the input's; none means that they are right."""

    events: int
    seconds: float
    usage: Usage
    differences: tuple[str, ...]
    sent_to_visible_ms: Latency | None = None
    appended_to_visible_ms: Latency | None = None
    sent_to_cached_ms: Latency | None = None
    visible_to_cached_ms: Latency | None = None
    appended_to_decided_ms: Latency | None = None
    answered_ms: Latency | None = None
    details: dict[str, float] = field(default_factory=dict)

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over all runs."""

    median: float
    min: float
    max: float


def spread_of(values: Sequence[float]) -> Spread:
    """Median, least and most of at least one value."""
    return Spread(median(values), min(values), max(values))


def spread_over(runs: Sequence[Measurement], figure: Callable[[Measurement], float | None]) -> Spread | None:
    """The spread of a figure; None when a run does not have it."""
    values = [value for value in map(figure, runs) if value is not None]
    return spread_of(values) if len(values) == len(runs) and values else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that is not below ``share`` (0 to 1) of the ascending values: the nearest rank."""
    assert ordered, "no values"
    assert 0 <= share <= 1, share
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def latency_of(milliseconds: Sequence[float]) -> Latency:
    """The latency that at least one event shows."""
    ordered = sorted(milliseconds)
    return Latency(percentile(ordered, 0.5), percentile(ordered, 0.99), ordered[-1])
