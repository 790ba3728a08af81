"""A system's read model: its tables in each generation and the stable views over the one that is live."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from projections.recomputation import Recomputations
from projections.redis.cached import Cached
from projections.tables import CalculatedTable, Table, WindowTable


@dataclass(frozen=True)
class ReadModel:
    """``system`` is also the name of the schema that holds the stable views.

    ``tables`` are what the fold changes, ``windows`` and ``calculated`` what follows from them and the clock.
    ``functions`` is a SQL file: functions of a generation, and what else hangs on its tables (triggers,
    policies), made with it. ``views`` is another, or a folder
    of them, run in order of their names: the stable views. In both ``{generation}`` stands for the schema of
    the generation and each name of ``parameters`` for its value as a literal; literal braces are doubled.
    ``parameters`` are what a new generation goes by unless told otherwise. ``cached`` is what of it lies in
    Redis. ``recomputed`` is what a reconciliation computes anew.
    """

    system: str
    tables: tuple[Table, ...]
    views: Path
    functions: Path | None = None
    windows: tuple[WindowTable, ...] = ()
    calculated: tuple[CalculatedTable, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    cached: Cached | None = None
    recomputed: Recomputations = ()
