"""A system's read model: its tables in each generation and the stable views over the one that is live."""

from dataclasses import dataclass
from pathlib import Path

from projections.tables import Table


@dataclass(frozen=True)
class ReadModel:
    """``system`` is also the name of the schema that holds the stable views.

    ``views`` is a SQL file that makes them with CREATE OR REPLACE VIEW; in it ``{generation}`` stands for
    the schema of the generation that
    the views shall read, and literal braces are doubled. ``housekeeping`` is an optional SQL file that a
    worker
    runs every minute, with the same ``{generation}`` and the parameter ``%(watermark)s`` (the newest append
    time of a
    folded record): it removes rows that no view shows any more.
    """

    system: str
    tables: tuple[Table, ...]
    views: Path
    housekeeping: Path | None = None
