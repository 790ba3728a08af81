"""`groundswell up / down / status / doctor`: the local stack."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from events.errors import DifferenceFound, ServerUnreachable
from events.settings import load_settings, settings

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.local_stack import Addresses, ServerStatus

Wipe = Annotated[bool, typer.Option("--wipe", help="Remove all data, logs and addresses too.")]

PANEL = "Local stack"


def register(app: typer.Typer) -> None:
    """Add the commands of the local stack."""
    app.command(rich_help_panel=PANEL)(up)
    app.command(rich_help_panel=PANEL)(down)
    app.command(rich_help_panel=PANEL)(status)
    app.command(rich_help_panel=PANEL)(doctor)


def up(as_json: console.AsJson = False) -> None:
    """Start Kafka, Postgres and Valkey as local processes; does nothing for those that run.

    Their data, logs and addresses lie in ./.groundswell (GROUNDSWELL_HOME). A server whose address is in
    GROUNDSWELL_KAFKA, GROUNDSWELL_POSTGRES or GROUNDSWELL_REDIS is used instead of one of its own.

    Example: groundswell up
    """
    home = load_settings().home
    start_stack(home)
    _print_status(home, as_json=as_json)


def start_stack(home: Path) -> Addresses:
    """Start the stack in `home`, telling on stderr what takes time; `settings()` knows it afterwards."""
    from deploy.local_stack import LocalStack
    from deploy.local_stack.kafka import fetch_jars, missing_jars

    stack = LocalStack(home)
    if stack.starts("kafka") and (jars := len(missing_jars(home))):
        console.note(f"fetching {jars} jars of Kafka, this once")
        with console.progress("Kafka", total=jars, unit="jars") as bar:
            fetch_jars(home, bar.advance)
    addresses = stack.up(console.note)
    settings.cache_clear()
    return addresses


def down(wipe: Wipe = False) -> None:
    """Stop the servers of the local stack; their data stays, unless --wipe is given.

    Example: groundswell down --wipe
    """
    from deploy.local_stack import LocalStack

    LocalStack().down(wipe=wipe, report=console.note)
    settings.cache_clear()


def status(as_json: console.AsJson = False) -> None:
    """Show where the servers are and whether they answer; exit code 3 when one does not.

    Example: psql "$(groundswell status --json | jq -r .postgres)"
    """
    silent = _print_status(load_settings().home, as_json=as_json)
    if silent:
        problems = "; ".join(f"{server.name}: {server.problem}" for server in silent)
        raise ServerUnreachable(f"{problems}. Start the local stack with `groundswell up`")


def _print_status(home: Path, *, as_json: bool) -> list[ServerStatus]:
    from deploy.local_stack import LocalStack

    servers = LocalStack(home).status()
    if as_json:
        addresses = {server.name: server.address for server in servers}
        console.emit_json({**addresses, "servers": {server.name: asdict(server) for server in servers}})
    else:
        rows = [{**asdict(server), "health": "answers" if server.answers else "silent"} for server in servers]
        columns = ("name", "health", "address", "source", "pid", "log")
        console.table([_plain_pid(row) for row in rows], [console.Column(name) for name in columns])
    return [server for server in servers if not server.answers]


def _plain_pid(row: dict[str, object]) -> dict[str, object]:
    """A pid is a name, not a count: no thousands separators."""
    return {**row, "pid": None if row["pid"] is None else str(row["pid"])}


def doctor(as_json: console.AsJson = False) -> None:
    """Check versions, connections, topics, clock, permissions and disk; each finding says what to do.

    Exit code 4 when there is a finding.

    Example: groundswell doctor
    """
    from deploy.local_stack.doctor import examine

    checks = list(examine(load_settings()))
    found = [check for check in checks if check.advice is not None]
    rows = [{"ok": check.advice is None, **asdict(check)} for check in checks]
    columns = [console.Column(name) for name in ("ok", "check", "seen", "advice")]
    console.list_rows(rows, columns, as_json=as_json)
    if found:
        names = ", ".join(check.check for check in found)
        raise DifferenceFound(f"{len(found)} of {len(checks)} checks found something: {names}")
