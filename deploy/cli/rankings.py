"""`groundswell rankings`: periods, how contested their topics are, and what students rank."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deploy.cli import console
from deploy.cli.answers import Cursor, Limit, minute, print_page, print_rows, print_thing, to_the_minute
from deploy.cli.asking import ReaderOf, not_found
from deploy.cli.console import AsJson, Column
from deploy.cli.one_event import publish_one
from deploy.cli.plot import plotted
from deploy.cli.times import Hours, UntilHour, instant_given
from events.errors import WrongUsage

if TYPE_CHECKING:
    from projections.pages import Page
    from projections.rankings.answers import RankedTopic, StudentRow, TopicMetrics
    from projections.rankings.reader import Reader

RANKINGS: ReaderOf[Reader] = ReaderOf("rankings")
UNRANKED: Final = "none"
POSITION_TEXT: Final = re.compile("[1-9][0-9]{0,8}")
PLOT_COLUMNS: Final = 80
LABELLED_POSITIONS: Final = 5
"""Every so many positions have a label below their bar; the first one has too."""
DISTRIBUTION: Final = "distribution"

TITLE = Column("title", is_extra=True)
TOPIC = Column("topic_id", "topic")
POSITION = Column("position", align="right")
SESSION = Column("session", is_extra=True)
PERIODS = (
    Column("period_id", "period"), Column("title"), Column("open"), Column("topics", align="right"),
    Column("opened_at", "opened"), Column("closed_at", "closed"), Column("calculated_at", "calculated"),
    Column("is_stale", "stale"),
)  # fmt: skip
TOPICS = (
    TOPIC, Column("title"), Column("students", align="right"), Column("average", align="right"),
    Column("standard_deviation", "deviation", "right"), Column("percentile", align="right"),
    Column("category"), Column("capacity", align="right", is_extra=True), Column("is_stale", "stale"),
)  # fmt: skip
TRENDS = (
    Column("hour"), Column("average", align="right"), Column("students", align="right"),
    Column("calculations", align="right"),
)  # fmt: skip
RANKED = (
    Column("period_id", "period"), POSITION, TOPIC, TITLE, Column("previous_position", "before", "right"),
    SESSION, Column("updated_at", "updated"),
)  # fmt: skip
HISTORY = (
    Column("number", "#", "right"), Column("at"), TOPIC, TITLE, Column("old_position", "from", "right"),
    Column("new_position", "to", "right"), Column("session"), Column("undone"),
    Column("previous_mismatch", "mismatch", is_extra=True),
)  # fmt: skip
ASSIGNED = (Column("student_id", "student"), TOPIC, TITLE, POSITION)
RUNS = (
    Column("run"), Column("at"), Column("algorithm"), Column("cost", align="right"),
    Column("students", align="right"), Column("assigned", align="right"),
)  # fmt: skip

Period = Annotated[str, typer.Argument(metavar="PERIOD", help="The period's id.")]
Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="The topic's id.")]
Student = Annotated[str, typer.Argument(metavar="STUDENT", help="The student's id.")]


class Category(StrEnum):
    """How contested a topic is, by its average position."""

    VERY_HIGH = "very-high"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Sort(StrEnum):
    """What a period's topics are ordered by."""

    AVERAGE = "average"
    STUDENTS = "students"
    PERCENTILE = "percentile"
    TITLE = "title"
    ID = "id"


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(
        help="Students rank topics: what is contested, and who gets what.", no_args_is_help=True
    )
    for command in (periods, topics, topic, trends, student, history, assignments, runs, update, undo):
        group.command(command.__name__)(command)
    app.add_typer(group, name="rankings")


def periods(limit: Limit = 100, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """List all periods by their ids.

    Example: groundswell rankings periods --limit 20
    """
    page = RANKINGS.ask(lambda reader: reader.periods(limit=limit, cursor=cursor))
    print_page(page, PERIODS, as_json=as_json, shown=to_the_minute)


def topics(
    period: Period,
    category: Annotated[Category | None, typer.Option(help="Only those that are contested so.")] = None,
    sort: Annotated[Sort, typer.Option(help="The most contested first by the first three.")] = Sort.AVERAGE,
    limit: Limit = 100,
    offset: Annotated[int, typer.Option(min=0, help="Topics before the first one.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List a period's topics with how contested they are.

    Example: groundswell rankings topics autumn-2026 --category very-high --sort students
    """
    named: Any = None if category is None else category.value
    found = RANKINGS.ask(
        lambda reader: reader.topics(period, category=named, sort=sort.value, limit=limit, offset=offset)
    )
    print_rows(found, TOPICS, as_json=as_json)


def topic(period: Period, topic_id: Topic, as_json: AsJson = False) -> None:
    """Show how contested a topic is, and how many students put it at which position.

    Example: groundswell rankings topic autumn-2026 databases
    """
    found = RANKINGS.ask(lambda reader: reader.metrics(period, topic_id))
    if found is None:
        raise not_found("topic", topic_id, f" in period {period!r}")
    named = asdict(found)
    if not as_json:
        del named[DISTRIBUTION]
    print_thing(named, as_json=as_json)
    if not as_json:
        _plot_distribution(found)


def _plot_distribution(found: TopicMetrics) -> None:
    console.emit("")
    console.emit("students by position, from 1 on: " + ", ".join(map(str, found.distribution)))
    places = range(1, len(found.distribution) + 1)
    labels = [str(place) if place == 1 or place % LABELLED_POSITIONS == 0 else "" for place in places]
    for line in plotted(found.distribution, labels, columns=PLOT_COLUMNS):
        console.emit(line)


def trends(
    period: Period,
    topic_id: Topic,
    hours: Hours = 24,
    until: UntilHour = None,
    as_json: AsJson = False,
) -> None:
    """List what was calculated of a topic, hour by hour.

    Example: groundswell rankings trends autumn-2026 databases --hours 48
    """
    end = instant_given(until, "--until", whole_hour=True)
    found = RANKINGS.ask(lambda reader: reader.trends(period, topic_id, hours=hours, until=end))
    print_rows(found, TRENDS, as_json=as_json, shown=to_the_minute)


def student(
    student_id: Student,
    period: Annotated[str | None, typer.Option(metavar="ID", help="Only what is ranked in it.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List what a student ranks, in a period or in all.

    Example: groundswell rankings student ada --period autumn-2026
    """
    known, page = asyncio.run(_student(student_id, period, limit, cursor))
    if known is not None and not as_json:
        address = f" with {known.email}" if known.email else ""
        console.note(f"registered on {minute(known.registered_at)} UTC{address}")
    print_page(page, RANKED, as_json=as_json, shown=to_the_minute)


async def _student(
    student_id: str, period: str | None, limit: int, cursor: str | None
) -> tuple[StudentRow | None, Page[RankedTopic]]:
    async with RANKINGS.opened() as reader:
        page = await reader.rankings_of(student_id, period, limit=limit, cursor=cursor)
        return await reader.student(student_id), page


def history(
    student_id: Student,
    period: Period,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List what a student moved in a period, the newest first.

    Example: groundswell rankings history ada autumn-2026 --limit 20
    """
    page = RANKINGS.ask(lambda reader: reader.history(student_id, period, limit=limit, cursor=cursor))
    print_page(page, HISTORY, as_json=as_json, shown=to_the_minute)


def assignments(
    period: Period,
    run: Annotated[str | None, typer.Option(metavar="ID", help="The run; the newest if not given.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List which topic each student got when `groundswell assign` was run.

    Example: groundswell rankings assignments autumn-2026 --limit 20
    """
    page = RANKINGS.ask(lambda reader: reader.assignments(period, run=run, limit=limit, cursor=cursor))
    print_page(page, ASSIGNED, as_json=as_json)


def runs(period: Period, limit: Limit = 100, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """List the runs of the assignment in a period, the newest first, with their costs.

    Example: groundswell rankings runs autumn-2026
    """
    page = RANKINGS.ask(lambda reader: reader.assignment_runs(period, limit=limit, cursor=cursor))
    print_page(page, RUNS, as_json=as_json, shown=to_the_minute)


def update(
    student_id: Student,
    period: Period,
    moves: Annotated[
        list[str], typer.Argument(metavar="TOPIC=POSITION", help="Position 1 is best; none takes it off.")
    ],
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="By which it can be undone; a new one if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish where a student puts topics: one change, all of it or nothing.

    Whether it counts is decided when it is folded: two topics at one position, or a closed period, are
    refused then, see `groundswell dead-letters`.

    Example: groundswell rankings update ada autumn-2026 databases=1 compilers=2 networks=none
    """
    from events.envelope import new_event_id
    from events.rankings import RankingsUpdated

    named = session or str(new_event_id())
    event = RankingsUpdated.new(
        **_by_student(student_id, period, named), updates=[_update(move) for move in moves]
    )
    publish_one(event, as_json=as_json, beside={"session": named})
    if not as_json:
        console.note(f"to take it back: groundswell rankings undo {student_id} {period} {named}")


def undo(
    student_id: Student,
    period: Period,
    session: Annotated[str, typer.Argument(metavar="SESSION", help="As the history names it.")],
    as_json: AsJson = False,
) -> None:
    """Publish that a session's changes are taken back: its topics stand again where they did before it.

    Refused when it is folded if another session has changed one of the topics since.

    Example: groundswell rankings undo ada autumn-2026 session-7
    """
    from events.rankings import RankingsUndone

    publish_one(RankingsUndone.new(**_by_student(student_id, period, session)), as_json=as_json)


def _by_student(student_id: str, period: str, session: str) -> dict[str, Any]:
    return {
        "actor": student_id,
        "actor_type": "student",
        "session": session,
        "student_id": student_id,
        "period_id": period,
    }


def _update(move: str) -> dict[str, Any]:
    """What TOPIC=POSITION says. Raises WrongUsage."""
    topic_id, _, position = move.rpartition("=")
    if not topic_id or not (position == UNRANKED or POSITION_TEXT.fullmatch(position)):
        raise WrongUsage(f"{move!r} must be TOPIC=POSITION such as databases=1, or databases={UNRANKED}")
    return {"topic_id": topic_id, "position": None if position == UNRANKED else int(position)}
