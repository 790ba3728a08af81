"""`groundswell compare`: what views bring to the top against what impact does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column
from deploy.cli.reading import CONTENT

if TYPE_CHECKING:
    from projections.content.answers import ComparedVideo

COLUMNS = (
    Column("impact_rank", "# impact", "right"),
    Column("views_rank", "# views", "right"),
    Column("title"),
    Column("by"),
    Column("views", align="right"),
    Column("impact_score", "impact", "right"),
    Column("comments", align="right"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(as_json: AsJson = False) -> None:
    """Compare the first 100 videos by views with the first 100 by impact.

    Those that only impact brings up are driven by comments. An empty rank is beyond the 100.

    Example: groundswell compare
    """
    found = CONTENT.ask(lambda reader: reader.compare())
    if as_json:
        console.emit_json(asdict(found))
        return
    _print("only by impact: comment-driven", found.only_by_impact)
    _print("in both", found.in_both)
    _print("only by views", found.only_by_views)


def _print(title: str, videos: Sequence[ComparedVideo]) -> None:
    console.emit(f"{title} ({len(videos)})")
    if videos:
        console.table([_shown(one) for one in videos], COLUMNS)
    console.emit("")


def _shown(one: ComparedVideo) -> dict[str, Any]:
    creator = one.video.creator
    return {
        **asdict(one.video),
        "by": "" if creator is None else creator.display_name,
        "impact_score": f"{one.video.impact_score:,}",
        "views_rank": one.views_rank,
        "impact_rank": one.impact_rank,
    }
