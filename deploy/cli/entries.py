"""`groundswell entries`: what the system of interactions answers, and toggles by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deploy.cli import one_event
from deploy.cli.answers import Cursor, Limit, Shown, print_page, print_rows, print_thing, to_the_minute
from deploy.cli.asking import ReaderOf, not_found
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import scored
from deploy.cli.times import Hours

if TYPE_CHECKING:
    from projections.interactions.answers import Sampled, Tree
    from projections.interactions.reader import Reader

INTERACTIONS: Final[ReaderOf[Reader]] = ReaderOf("interactions")

Entry = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's id.")]
Entries = Annotated[list[str], typer.Argument(metavar="ENTRY...", help="Ids of up to 500 entries.")]
User = Annotated[str, typer.Argument(metavar="USER", help="The user's id.")]
Few = Annotated[int, typer.Option(min=1, max=1000, help="How many entries.")]

ID: Final = Column("entry_id", "id")
TITLE: Final = Column("title")
AUTHOR: Final = Column("author", is_extra=True)
RESONANCES: Final = Column("resonance_count", "resonances", "right")
REACHED: Final = (
    RESONANCES, Column("amplification_count", "amplifications", "right"),
    Column("branch_count", "branches", "right"), Column("share_count", "shares", "right"),
)  # fmt: skip
COUNTS: Final = (ID, *REACHED, Column("version", align="right", is_extra=True))
STATES: Final = (
    ID, Column("has_resonated", "resonates"), Column("resonated_at", "since"),
    Column("has_amplified", "amplifies"), Column("amplified_at", "since"),
)  # fmt: skip
TREE: Final = (TITLE, ID, AUTHOR, *REACHED, Column("created_at", "at", is_extra=True))
BRANCHES: Final = (
    Column("branch_order", "#", "right"), Column("child_id", "id"), TITLE, Column("created_at", "at"),
)  # fmt: skip
RESONATED: Final = (Column("user_id", "user"), Column("resonated_at", "since"))
TRENDING: Final = (
    Column("rank", "#", "right"), ID, TITLE, AUTHOR, Column("score", align="right"), *REACHED,
)  # fmt: skip
RELATED: Final = (
    ID, TITLE, AUTHOR, Column("cosine", align="right"), Column("common_users", "in common", "right"),
    RESONANCES,
)  # fmt: skip
RECOMMENDED: Final = (
    ID, TITLE, AUTHOR, Column("score", align="right"), Column("related_to", "related to", "right"),
    RESONANCES,
)  # fmt: skip
SAMPLE: Final = "of an entry with very many users only the newest were looked at"


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(
        help="Entries: resonance, amplification, branches, shares; what trends, what is related.",
        no_args_is_help=True,
    )
    for command in (
        show, counts, states, tree, branches, activity, resonated, trending, related, recommended, toggle,
    ):  # fmt: skip
        group.command(command.__name__)(command)
    app.add_typer(group, name="entries")


def show(entry: Entry, as_json: AsJson = False) -> None:
    """Show an entry with its place among the branches and its counts.

    Example: groundswell entries show river-poem
    """
    found = INTERACTIONS.ask(lambda reader: reader.entry(entry))
    if found is None:
        raise not_found("entry", entry)
    print_thing(found, as_json=as_json)


def counts(entries: Entries, as_json: AsJson = False) -> None:
    """Count resonances, amplifications, branches and shares of some entries.

    Example: groundswell entries counts river-poem river-song
    """
    print_rows(INTERACTIONS.ask(lambda reader: reader.counts(entries)), COUNTS, as_json=as_json)


def states(user: User, entries: Entries, as_json: AsJson = False) -> None:
    """Tell what a user resonates with and amplifies, of some entries.

    Example: groundswell entries states ada river-poem river-song
    """
    found = INTERACTIONS.ask(lambda reader: reader.states(user, entries))
    print_rows(found, STATES, as_json=as_json, shown=to_the_minute)


def tree(
    entry: Entry,
    depth: Annotated[int, typer.Option(min=0, max=50, help="Levels of branches below it.")] = 10,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries at most.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Draw the tree of branches below an entry, with the counts of each.

    Example: groundswell entries tree river-poem --depth 3
    """
    found = INTERACTIONS.ask(lambda reader: reader.tree(entry, depth=depth, limit=limit))
    if found is None:
        raise not_found("entry", entry)
    heading = f"cut to the {limit:,} entries that are nearest to it: add --limit" if found.is_cut else None
    _print_entries(found, TREE, heading, as_json=as_json, shown=_in_tree)


def branches(entry: Entry, limit: Limit = 100, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """List what branches off an entry, in its order; what was removed stands among it.

    Example: groundswell entries branches river-poem --limit 20
    """
    page = INTERACTIONS.ask(lambda reader: reader.branches(entry, limit=limit, cursor=cursor))
    print_page(page, BRANCHES, as_json=as_json, shown=_branch)


def activity(
    entry: Entry,
    hours: Hours = 24,
    as_json: AsJson = False,
) -> None:
    """List what was done with an entry hour by hour and not taken back since.

    Example: groundswell entries activity river-poem --hours 48
    """
    points = INTERACTIONS.ask(lambda reader: reader.activity(entry, hours=hours))
    if not points:
        raise not_found("entry", entry)
    columns = [Column("hour"), *(Column(name, align="right") for name in vars(points[0]) if name != "hour")]
    print_rows(points, columns, as_json=as_json, shown=to_the_minute)


def resonated(
    entry: Entry,
    asker: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="As this user, who must be its author.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List who resonates with an entry, the newest first; as an operator, or as its author.

    Example: groundswell entries resonated river-poem --as ada
    """
    page = INTERACTIONS.ask(lambda reader: reader.resonated(entry, asker=asker, limit=limit, cursor=cursor))
    print_page(page, RESONATED, as_json=as_json, shown=to_the_minute)


def trending(limit: Few = 10, as_json: AsJson = False) -> None:
    """List the entries that trend most now.

    Example: groundswell entries trending --limit 20
    """
    found = INTERACTIONS.ask(lambda reader: reader.trending(limit=limit))
    print_rows(found, TRENDING, as_json=as_json, shown=lambda row: scored(row, "trending_score"))


def related(entry: Entry, limit: Few = 10, as_json: AsJson = False) -> None:
    """List the entries that the same users resonate with, by cosine.

    Example: groundswell entries related river-poem
    """
    found = INTERACTIONS.ask(lambda reader: reader.related(entry, limit=limit))
    _print_entries(found, RELATED, SAMPLE if found.is_sample else None, as_json=as_json)


def recommended(user: User, limit: Few = 10, as_json: AsJson = False) -> None:
    """List entries that are related to what a user resonates with, and that the user has not acted on.

    Example: groundswell entries recommended ada
    """
    found = INTERACTIONS.ask(lambda reader: reader.recommended(user, limit=limit))
    _print_entries(found, RECOMMENDED, SAMPLE if found.is_sample else None, as_json=as_json)


def toggle(
    entry: Entry,
    actor: Annotated[
        str | None, typer.Option(metavar="USER", help="Who toggles; you when not given.")
    ] = None,
    amplification: Annotated[
        bool, typer.Option("--amplification", help="Amplifying, instead of resonating.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Toggle whether a user resonates with an entry, or amplifies it; prints where the event is in the log.

    Example: groundswell entries toggle river-poem --actor ada
    """
    from events.instants import system_clock
    from events.interactions import AmplificationToggled, ResonanceToggled

    kind = AmplificationToggled if amplification else ResonanceToggled
    event = kind.new(at=system_clock(), actor=one_event.actor(actor), entry_id=entry)
    one_event.publish_one(event, as_json=as_json)


def _print_entries(
    found: Tree | Sampled[Any],
    columns: Sequence[Column],
    heading: str | None,
    *,
    as_json: bool,
    shown: Shown = dict,
) -> None:
    """Entries with what there is to say of all of them: whole in the JSON."""
    if as_json:
        print_thing(found, as_json=True)
    else:
        print_rows(found.entries, columns, as_json=False, shown=shown, heading=heading)


def _in_tree(row: dict[str, Any]) -> dict[str, Any]:
    title = "(removed)" if row["removed"] else row["title"] or row["entry_id"]
    return to_the_minute({**row, "title": f"{'  ' * row['depth']}{title}"})


def _branch(row: dict[str, Any]) -> dict[str, Any]:
    title = "(removed)" if row["removed"] else row["title"]
    return to_the_minute({**row, "title": title})
