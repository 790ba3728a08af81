"""How processes of the benchmark tell it what they do: a line of JSON on stderr for each event."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime


def tell(event: str, **details: object) -> None:
    """One line, with the time, on the true stderr: Faust puts its logger in the place of the usual one."""
    assert sys.__stderr__ is not None
    line = {"event": event, "timestamp": datetime.now(UTC).isoformat(), **details}
    sys.__stderr__.write(json.dumps(line) + "\n")
    sys.__stderr__.flush()
