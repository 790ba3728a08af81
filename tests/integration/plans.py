"""How Postgres answered a reader's questions: the plan of each statement as it was run, and what it read."""

import json
from collections.abc import Awaitable, Collection, Iterator, Mapping
from typing import Any, ClassVar, Final, Self

from psycopg.errors import Diagnostic

from projections.questions import Questions

Plan = dict[str, Any]

EXPLAINED: Final = (
    "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0"
    " -c auto_explain.log_analyze=on -c auto_explain.log_timing=off -c auto_explain.log_format=json"
    " -c auto_explain.log_level=notice"
)
READS_ALL_FIRST: Final = ("Sort", "Incremental Sort", "Aggregate", "WindowAgg", "CTE Scan", "Recursive Union")
"""Whoever stops when there are enough rows does not stop what is below these."""


class Explained(Questions):
    """Keeps the plan of each statement that it asks, as it was run: Postgres sends it along. EXPLAIN would
    plan with the parameters at hand; what is prepared is planned without.

    `class PlanReader(Explained, Reader)`, with `session = f"{Reader.session} {EXPLAINED}"`.
    """

    session: ClassVar[str] = EXPLAINED

    def __init__(self, url: str) -> None:
        super().__init__(url, connections_max=1)
        self.plans: list[Plan] = []

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        async with self._pool.connection() as connection:
            connection.add_notice_handler(self._keep)
        return self

    async def wrong_reads(
        self,
        questions: Mapping[str, Awaitable[Any]],
        big: Collection[str],
        read_in_order: Collection[str] = (),
    ) -> dict[str, list[str]]:
        """By question, each one statement: what it reads of big tables beyond its answer; empty is well."""
        wrong = {}
        for name, asked in questions.items():
            self.plans.clear()
            await asked
            (plan,) = self.plans
            assert [*scans(plan)], f"{name}: no table is read"
            if found := wrong_scans(plan, big, read_in_order):
                wrong[name] = found
        return wrong

    def _keep(self, notice: Diagnostic) -> None:
        duration, _, told = (notice.message_primary or "").partition("plan:\n")
        if duration.startswith("duration"):
            plan = json.loads(told)
            # The time that stands is a function of its own.
            if "standing_clock" not in plan["Query Text"]:
                self.plans.append(plan["Plan"])


def nodes(plan: Plan) -> Iterator[Plan]:
    """The plan's nodes, those above others first."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def given(node: Plan) -> int:
    """How many rows the node gave in all."""
    return int(node["Actual Rows"] * node["Actual Loops"])


def scans(plan: Plan, is_limited: bool = False) -> Iterator[tuple[Plan, bool]]:
    """Every node that reads a table, and whether it stops when there are enough rows."""
    is_limited = is_limited or plan["Node Type"] == "Limit"
    if "Relation Name" in plan:
        yield plan, is_limited
    for child in plan.get("Plans", ()):
        goes_on = is_limited and plan["Node Type"] not in READS_ALL_FIRST
        yield from scans(child, goes_on)


def wrong_scans(plan: Plan, big: Collection[str], read_in_order: Collection[str] = ()) -> list[str]:
    """The scans of big tables that read more than they answer. Of those that are read in their order, as many
    rows may be read as a list is long."""
    wrong = []
    for node, is_limited in scans(plan):
        table = node["Relation Name"]
        if table not in big or "Index Cond" in node or node["Node Type"] == "Bitmap Heap Scan":
            continue
        if not (is_limited and table in read_in_order and node["Node Type"].startswith("Index")):
            wrong.append(f"{node['Node Type']} of {table}: {node.get('Filter', 'no filter')}")
    return wrong
