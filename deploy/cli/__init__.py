"""The command line `groundswell`: each module here that has `register(app)` adds its commands."""

from __future__ import annotations

import io
import sys

import typer

from deploy import cli
from deploy.cli import console
from events.declared import declared
from events.errors import GroundswellError

NOT_COMMANDS = frozenset({"event_lines", "sending"})
"""Parts of commands that take long to import: only the commands that need them do."""

DESCRIPTION = """Groundswell: what people do, counted once.

Data goes to stdout, everything else to stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a server cannot be reached, 4 a check found a difference.
"""


def build_app() -> typer.Typer:
    """The Typer application with the commands of every module in this folder."""
    app = typer.Typer(
        name="groundswell",
        help=DESCRIPTION,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    # A callback keeps the command's name in use even while there is only one command.
    @app.callback()
    def groundswell() -> None:
        pass

    for _, register in declared(cli, "register", leaving_out=NOT_COMMANDS):
        register(app)
    return app


def main() -> None:
    """Entry point: what went wrong on purpose becomes a clear line on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Where a character cannot be written, its number is.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        build_app()(prog_name="groundswell")
    except GroundswellError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except OSError as error:
        # A full disk or a missing permission is the machine's affair, not a bug worth a stack trace.
        console.note(f"error: {error}. `groundswell doctor` checks disk and permissions")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
