"""`groundswell simulate`: as many events as you like, from a seed, into a file or into the log."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.numbers import share
from deploy.cli.simulation_output import STDOUT, send, write
from events.errors import WrongUsage
from events.simulation.catalogue import simulations
from events.simulation.traffic import BURSTS_MAX, EVENTS_MAX, EXPONENT_MAX

if TYPE_CHECKING:
    from datetime import datetime

    from events.simulation.envelopes import Fields
    from events.simulation.simulation import Simulation
    from events.simulation.traffic import Made, Traffic
    from events.simulation.world import Size

SEED_MAX: Final = 2**63 - 1
DAYS_MAX: Final = 3_660

Events = Annotated[int, typer.Option(min=1, max=EVENTS_MAX, help="How many, doubles not counted.")]
Seed = Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The same seed and times: the same bytes.")]
Out = Annotated[
    str | None,
    typer.Option(metavar="FILE|-", help="NDJSON, .gz and .zst compressed; into the log when not given."),
]
Rate = Annotated[
    float | None, typer.Option(min=0.001, metavar="N", help="Publish at most so many events a second.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="When the first one happens; see --days.")
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Before when the last one happens; now when not given.")
]
Days = Annotated[
    float, typer.Option(min=0.000_001, max=DAYS_MAX, help="How long before --until it begins without --from.")
]
Exponent = Annotated[
    float, typer.Option(min=0, max=EXPONENT_MAX, help="Of Zipf's law: 0 all alike, 1 usual, more is steeper.")
]
Bursts = Annotated[int, typer.Option(min=0, max=BURSTS_MAX, help="How many take off for a while.")]
Late = Annotated[str, typer.Option(metavar="SHARE", help="Events that arrive after younger ones.")]
Double = Annotated[str, typer.Option(metavar="SHARE", help="Events that arrive twice.")]
Retracted = Annotated[str, typer.Option(metavar="SHARE", help="Events that take another one back.")]


@dataclass(frozen=True)
class _Run:
    """What a simulation is asked for, whatever the system."""

    traffic: Traffic
    seed: int
    out: str | None
    rate: float | None
    as_json: bool


def register(app: typer.Typer) -> None:
    """Add the group with a command for each system that can be simulated."""
    group = typer.Typer(help="Simulated events: popularity, days, bursts, disorder.", no_args_is_help=True)
    for system, simulation in simulations().items():
        group.command(system, help=cleandoc(simulation.__doc__ or ""))(_command(simulation))
    app.add_typer(group, name="simulate")


def _command(simulation: type[Simulation[Any]]) -> Callable[..., None]:
    """What all simulations are asked for, and between them the sizes of this one's world."""

    def simulate(
        events: Events = 100_000,
        seed: Seed = 1,
        out: Out = None,
        rate: Rate = None,
        begin: From = None,
        until: Until = None,
        days: Days = 1,
        exponent: Exponent = 1,
        bursts: Bursts = 3,
        late: Late = "0%",
        double: Double = "0%",
        retracted: Retracted = "2%",
        as_json: AsJson = False,
        **sizes: float,
    ) -> None:
        span, shares = _times(begin, until, days), (late, double, retracted)
        traffic = _traffic(events, span, exponent, bursts, shares)
        world = simulation.world_type(traffic, **sizes)
        _simulate(_Run(traffic, seed, out, rate, as_json), lambda made: simulation.stream(world, seed, made))

    shared = inspect.signature(simulate, eval_str=True)
    many, seed, *others = (one for one in shared.parameters.values() if one.kind is not one.VAR_KEYWORD)
    # The options are read from the signature; sizes stand where people look first.
    parameters = [many, seed, *map(_option, simulation.world_type.sizes()), *others]
    simulate.__signature__ = shared.replace(parameters=parameters)  # type: ignore[attr-defined]
    return simulate


def _option(size: Size) -> inspect.Parameter:
    kind = type(size.default)
    option = typer.Option(size.option, min=size.at_least, max=size.at_most, help=size.help_text)
    return inspect.Parameter(
        size.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=size.default,
        annotation=Annotated[kind, option],
    )


def _times(begin: str | None, until: str | None, days: float) -> tuple[datetime, datetime]:
    from datetime import timedelta

    from deploy.cli.times import instant
    from events.instants import system_clock

    if until is not None:
        end = instant(until, "--until")
    elif begin is not None:
        end = min(instant(begin, "--from") + timedelta(days=days), system_clock())
    else:
        # To the second: people may have to type it when they want the same events again.
        end = system_clock().replace(microsecond=0)
    return (end - timedelta(days=days) if begin is None else instant(begin, "--from")), end


def _traffic(
    events: int,
    span: tuple[datetime, datetime],
    exponent: float,
    bursts: int,
    shares: tuple[str, str, str],
) -> Traffic:
    from events.simulation.traffic import Traffic

    late, double, retracted = (
        share(text, option)
        for text, option in zip(shares, ("--late", "--double", "--retracted"), strict=True)
    )
    return Traffic(events, *span, exponent, bursts, late, double, retracted)


def _simulate(run: _Run, events: Callable[[Made], Iterator[Fields]]) -> None:
    import msgspec

    from events.simulation.traffic import Made

    _check(run)
    made = Made()
    encode = msgspec.json.Encoder().encode
    lines = (encode(event) for event in events(made))
    began = time.monotonic()
    if run.out is None:
        _publish(run, made, lines)
        return
    write(lines, run.out, run.traffic.events)
    told = _told(run, made, time.monotonic() - began)
    if run.as_json and run.out != STDOUT:
        console.emit_json(told)
    else:
        _note(told)


def _check(run: _Run) -> None:
    """Raises WrongUsage for options that do not go together, before anything is made."""
    from events.instants import ahead_reason, is_too_far_ahead, system_clock

    if run.rate is not None and run.out is not None:
        raise WrongUsage("--rate with --out: a file is written at once; leave one of them out")
    if run.out is None and is_too_far_ahead(run.traffic.end, now := system_clock()):
        raise WrongUsage(f"--until {ahead_reason(run.traffic.end, now)}; or write a file with --out")


def _publish(run: _Run, made: Made, lines: Iterator[bytes]) -> None:
    from deploy.cli.event_lines import Report

    report = Report()
    began = time.monotonic()
    sending = send(lines, report, run.traffic.events, run.rate)
    told = _told(run, made, time.monotonic() - began)
    sending.tell(as_json=run.as_json, beside={"simulation": told})
    if not run.as_json:
        _note(told)
    report.leave()


def _told(run: _Run, made: Made, seconds: float) -> dict[str, Any]:
    """What was made, and the options that make it again."""
    return {
        "seed": run.seed,
        "from": run.traffic.begin,
        "until": run.traffic.end,
        "records": made.records,
        "late_share": round(made.late_share, 6),
        "double_share": round(made.double_share, 6),
        "retracted_share": round(made.retracted_share, 6),
        **asdict(made),
        "seconds": round(seconds, 3),
    }


def _note(told: dict[str, Any]) -> None:
    for name, count in sorted(told["by_type"].items(), key=lambda item: -item[1]):
        console.note(f"{count:>12,}  {name}")
    console.note(
        f"{told['events']:,} events, {told['announced']:,} of them announcements, {told['in_bursts']:,} in "
        f"bursts; with doubles {told['records']:,} records, in {told['seconds']:.1f} s"
    )
    console.note(
        f"late {told['late']:,} ({told['late_share']:.2%}), double {told['doubles']:,} "
        f"({told['double_share']:.2%}), retracted {told['retracted']:,} ({told['retracted_share']:.2%})"
    )
    console.note(
        f"the same again: the same options and --seed {told['seed']} --from {told['from'].isoformat()} "
        f"--until {told['until'].isoformat()}"
    )
