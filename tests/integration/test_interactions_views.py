"""The views of system 5 on a real Postgres, over rows that the fold made: trees, stubs, what was removed."""

from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import dict_row

from projections.interactions.read_model import READ_MODEL
from tests.integration.postgres_clock import PostgresClock
from tests.integration.stored_rows import stored
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import (
    BASE,
    HOUR,
    amplification_added,
    branched,
    created,
    deleted,
    interactions_driver,
    resonance_added,
    resonance_removed,
    shared,
)

TEN = BASE.replace(minute=0)

TREE: LiteralString = """
WITH RECURSIVE tree AS (
    SELECT r.entry_id, r.branch_order, r.title, r.removed, r.branch_count, r.resonance_count, 0 AS depth,
           ARRAY[]::bigint[] AS path
    FROM interactions.tree_roots r
    WHERE r.entry_id = %s
    UNION ALL
    SELECT p.entry_id, p.branch_order, p.title, p.removed, p.branch_count, p.resonance_count, t.depth + 1,
           t.path || p.branch_order
    FROM tree t
    JOIN interactions.tree_parts p ON p.parent_id = t.entry_id
)
SELECT entry_id, depth, branch_order, title, removed, branch_count, resonance_count FROM tree ORDER BY path
"""


async def filled(url: str, driver: FoldDriver, *others: FoldDriver) -> None:
    """The database holds what these partitions hold, and it is half past ten."""
    PostgresClock.install(url, BASE)
    connection, _ = await stored(url, READ_MODEL, driver, *others)
    await connection.close()


def rows(url: str, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query, parameters).fetchall()


def one(url: str, view: LiteralString, entry_id: str) -> dict[str, Any] | None:
    """The view's row of an entry."""
    with psycopg.connect(url, options="-c timezone=UTC", row_factory=dict_row) as connection:
        query = psycopg.sql.SQL("SELECT * FROM interactions.{} WHERE entry_id = %s")
        return connection.execute(query.format(psycopg.sql.Identifier(view)), [entry_id]).fetchone()


def forest() -> tuple[FoldDriver, FoldDriver]:
    """As two partitions have it: river, with branches rain (removed) and song; below rain a stub, brook."""
    entries = interactions_driver().given(
        created("river", author="ada", title="River"),
        created("rain", author="bob", title="Rain"),
        created("alone", title="Alone", at=BASE - HOUR),
        resonance_added("ann", "river"),
        resonance_added("ann", "rain"),
        deleted("rain"),
    )
    places = interactions_driver().given(
        branched("river", "rain", title="Rain branch", at=TEN),
        branched("river", "song", title="Song branch", at=TEN),
        branched("rain", "brook", at=TEN),
    )
    return entries, places


async def test_a_tree_shows_removed_parents_and_stubs_in_the_order_of_branches(postgres: str) -> None:
    await filled(postgres, *forest())
    assert rows(postgres, TREE, "river") == [
        ("river", 0, None, "River", False, 2, 1),
        ("rain", 1, 0, None, True, 1, 0),
        ("brook", 2, 0, None, False, 0, 0),
        ("song", 1, 1, "Song branch", False, 0, 0),
    ]
    assert rows(postgres, TREE, "rain") == [
        ("rain", 0, 0, None, True, 1, 0),
        ("brook", 1, 0, None, False, 0, 0),
    ]
    assert rows(postgres, TREE, "alone") == [("alone", 0, None, "Alone", False, 0, 0)]
    assert rows(postgres, TREE, "nobody") == []


async def test_an_entry_knows_its_place_whatever_became_of_those_above(postgres: str) -> None:
    await filled(postgres, *forest())
    assert rows(postgres, "SELECT * FROM interactions.entries ORDER BY 1") == [
        ("alone", None, "Alone", None, "alone", 0, 0, BASE - HOUR),
        ("brook", None, None, "rain", "river", 2, 0, TEN),
        ("river", "ada", "River", None, "river", 0, 3, BASE),
        ("song", None, "Song branch", "river", "river", 1, 0, TEN),
    ]
    assert rows(postgres, "SELECT * FROM interactions.branches ORDER BY 1, 3") == [
        ("rain", "brook", 0, TEN),
        ("river", "rain", 0, TEN),
        ("river", "song", 1, TEN),
    ]


async def test_counts_are_those_of_both_partitions_and_of_entries_that_are_there(postgres: str) -> None:
    entries, places = forest()
    entries.given(resonance_added("ann", "gone"), resonance_removed("ann", "gone"), shared("told"))
    await filled(postgres, entries, places)
    assert rows(postgres, "SELECT * FROM interactions.interaction_counts ORDER BY 1") == [
        ("alone", 0, 0, 0, 0, 1),
        ("brook", 0, 0, 0, 0, 1),
        ("river", 1, 2, 0, 0, 5),
        ("song", 0, 0, 0, 0, 1),
        ("told", 0, 0, 0, 1, 1),
    ]


async def test_what_users_did_to_a_removed_entry_is_hidden_before_it_is_purged(postgres: str) -> None:
    entries, places = forest()
    await filled(postgres, entries, places)
    assert rows(postgres, "SELECT count(*) FROM interactions_g1.user_entries") == [(2,)]
    assert rows(postgres, "SELECT * FROM interactions.user_states") == [
        ("ann", "river", True, BASE, False, None)
    ]
    assert rows(postgres, "SELECT * FROM interactions.activity") == [("river", TEN, 1, 0, 0, 2)]


async def test_trends_are_of_both_rows_together(postgres: str) -> None:
    """Half a half-life later a branch is worth what it was, divided by the root of 2."""
    entries = interactions_driver().given(
        resonance_added("ann", "e", at=TEN), amplification_added("ann", "e", at=TEN), shared("e", at=TEN),
        shared("removed", at=TEN), deleted("removed"), created("cold"), shared("other", at=TEN),
    )  # fmt: skip
    places = interactions_driver().given(
        branched("e", "f", at=TEN - 3 * HOUR), branched("removed", "g", at=TEN)
    )
    await filled(postgres, entries, places)
    scores = dict(rows(postgres, "SELECT entry_id, trending_score FROM interactions.entry_scores"))
    assert scores.keys() == {"e", "f", "g", "cold", "other"}
    assert float(scores["e"]) == pytest.approx((6 + 5 / 2**0.5) / 2 ** (0.5 / 6), abs=2e-6)
    assert scores["cold"] == Decimal(0)
    trending = rows(postgres, "SELECT entry_id, minute FROM interactions.entry_trends ORDER BY heat DESC, 1")
    assert trending == [("e", BASE), ("other", BASE)]


async def test_an_entry_is_found_by_an_index_in_every_view(postgres: str) -> None:
    await filled(postgres, *forest())
    views: tuple[LiteralString, ...] = (
        "interaction_counts",
        "entries",
        "activity",
        "tree_parts",
        "tree_roots",
        "user_states",
        "entry_trends",
        "entry_scores",
    )
    with psycopg.connect(postgres, options="-c enable_seqscan=off") as connection:
        for view in views:
            query = psycopg.sql.SQL(
                "EXPLAIN SELECT * FROM interactions.{} WHERE entry_id = ANY ('{{a,b}}')"
            ).format(psycopg.sql.Identifier(view))
            plan = "\n".join(line for (line,) in connection.execute(query).fetchall())
            assert "Seq Scan" not in plan, f"{view}:\n{plan}"


async def test_a_row_that_counts_below_nothing_is_not_taken(postgres: str) -> None:
    await filled(postgres, *forest())
    changes: tuple[LiteralString, ...] = (
        "UPDATE interactions_g1.entries SET resonances = -1",
        "UPDATE interactions_g1.entries SET amplifications = -1",
        "UPDATE interactions_g1.entries SET shares = -1",
        "UPDATE interactions_g1.places SET branches = -1",
        "UPDATE interactions_g1.user_entries SET has_resonated = false",
    )
    for change in changes:
        with psycopg.connect(postgres) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(change)


@pytest.mark.parametrize("at", [BASE, TEN - 12 * HOUR])
async def test_what_is_shown_of_a_branch_is_its_own_once_the_entry_is_announced(
    postgres: str, at: datetime
) -> None:
    entries = interactions_driver().given(created("song", author="eve", title="Song", at=at))
    places = interactions_driver().given(branched("river", "song", title="Branch", at=TEN))
    await filled(postgres, entries, places)
    found = one(postgres, "entries", "song")
    assert found is not None
    assert (found["title"], found["author"], found["created_at"]) == ("Song", "eve", at)
