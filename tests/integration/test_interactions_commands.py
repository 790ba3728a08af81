"""`groundswell entries`, as a person calls it."""

import asyncio

import pytest

from events.errors import WrongUsage
from projections.interactions.read_model import READ_MODEL
from tests.integration.command_line import answer, let_commands_find, refusal, run
from tests.integration.postgres_clock import PostgresClock
from tests.integration.stored_rows import stored
from tests.integration.worker_process import Place, supervised
from tests.integration.worker_process import answer as asked
from tests.unit.interactions_driver import (
    BASE,
    amplification_toggled,
    branched,
    created,
    deleted,
    interactions_driver,
    resonance_added,
    shared,
)


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find ada's poem with two branches, one of them removed, and one below that; ann and bob
    resonate with the poem and the song, eve with the poem alone, which she shares."""
    entries = interactions_driver().given(
        created("poem", author="ada", title="River poem"),
        created("gone", author="ada", title="Gone"),
        *(resonance_added(user, "poem") for user in ("ann", "bob", "eve")),
        *(resonance_added(user, "song") for user in ("ann", "bob")),
        amplification_toggled("ann", "poem"),
        shared("poem", actor="eve"),
        deleted("gone"),
    )
    forest = interactions_driver().given(
        branched("poem", "song", title="River song"),
        branched("poem", "gone"),
        branched("gone", "refrain", title="Refrain"),
    )

    async def fill() -> None:
        PostgresClock.install(postgres, BASE)
        connection, _ = await stored(postgres, READ_MODEL, entries, forest)
        await connection.close()

    asyncio.run(fill())
    let_commands_find(postgres, monkeypatch)


@pytest.mark.usefixtures("database")
def test_an_entry_is_shown_with_its_place_and_counts() -> None:
    found = answer("entries", "show", "refrain")
    assert (found["parent_id"], found["root_id"], found["depth"]) == ("gone", "poem", 2)
    assert answer("entries", "show", "poem")["resonance_count"] == 3
    assert "River poem" in run("entries", "show", "poem").stdout
    for missing in ("gone", "unknown"):
        assert refusal("entries", "show", missing).code == "not_found"


@pytest.mark.usefixtures("database")
def test_counts_and_states_are_told_of_several_entries() -> None:
    counts = answer("entries", "counts", "song", "unknown", "poem")
    assert [(row["entry_id"], row["resonance_count"], row["branch_count"]) for row in counts] == [
        ("song", 2, 0),
        ("poem", 3, 2),
    ]
    states = answer("entries", "states", "ann", "poem", "unknown")
    assert [(row["has_resonated"], row["has_amplified"]) for row in states] == [(True, True), (False, False)]
    assert "2026-11-21 10:30" in run("entries", "states", "eve", "poem").stdout


@pytest.mark.usefixtures("database")
def test_a_tree_is_drawn_with_what_was_removed_in_it() -> None:
    found = answer("entries", "tree", "poem")
    assert [(row["entry_id"], row["depth"], row["removed"]) for row in found["entries"]] == [
        ("poem", 0, False),
        ("song", 1, False),
        ("gone", 1, True),
        ("refrain", 2, False),
    ]
    drawn = run("entries", "tree", "poem").stdout.splitlines()
    titles = ["River poem", "  River song", "  (removed)", "    Refrain"]
    assert [any(line.startswith(title) for line in drawn) for title in titles] == [True] * 4
    assert answer("entries", "tree", "poem", "--depth", "0")["is_cut"] is False
    cut = run("entries", "tree", "poem", "--limit", "2")
    assert "cut to the 2 entries" in cut.stderr
    assert refusal("entries", "tree", "unknown").code == "not_found"


@pytest.mark.usefixtures("database")
def test_branches_are_listed_page_by_page() -> None:
    first = answer("entries", "branches", "poem", "--limit", "1")
    rest = answer("entries", "branches", "poem", "--cursor", first["next_cursor"])
    assert [row["child_id"] for row in first["rows"] + rest["rows"]] == ["song", "gone"]
    assert "(removed)" in run("entries", "branches", "poem").stdout


@pytest.mark.usefixtures("database")
def test_who_resonated_is_told_to_operators_and_to_the_author() -> None:
    assert {row["user_id"] for row in answer("entries", "resonated", "poem")["rows"]} == {"ann", "bob", "eve"}
    assert len(answer("entries", "resonated", "poem", "--as", "ada")["rows"]) == 3
    refused = refusal("entries", "resonated", "poem", "--as", "eve")
    assert (refused.code, "'eve'" in str(refused)) == ("not_allowed", True)
    assert "bob" in run("entries", "resonated", "poem").stdout


@pytest.mark.usefixtures("database")
def test_related_and_recommended_entries_are_listed() -> None:
    (related,) = answer("entries", "related", "poem")["entries"]
    assert (related["entry_id"], related["cosine"], related["common_users"]) == ("song", "0.816497", 2)
    (recommended,) = answer("entries", "recommended", "eve")["entries"]
    assert (recommended["entry_id"], recommended["score"], recommended["related_to"]) == (
        "song",
        "0.816497",
        1,
    )
    assert answer("entries", "recommended", "ann") == {"entries": [], "is_sample": False}
    assert "River song" in run("entries", "related", "poem").stdout
    assert "there is none" in run("entries", "recommended", "nobody").stderr


@pytest.mark.usefixtures("database")
def test_what_trends_and_when_it_happened_is_listed() -> None:
    """Time stands at half past ten, when all of it happened: 3 resonances, an amplification, a share and two
    branches are 18, two resonances 2. What was removed trends no more, though it has a branch."""
    found = answer("entries", "trending")
    scores = [(row["entry_id"], round(float(row["trending_score"]), 3)) for row in found]
    assert scores == [("poem", 18.0), ("song", 2.0)]
    points = answer("entries", "activity", "poem", "--hours", "2")
    assert [(point["resonances"], point["amplifications"]) for point in points] == [(0, 0), (3, 1)]
    assert [(point["shares"], point["branches"]) for point in points] == [(0, 0), (1, 2)]
    assert "18.000" in run("entries", "trending").stdout
    assert "resonances" in run("entries", "activity", "poem").stdout
    assert refusal("entries", "activity", "unknown").code == "not_found"


@pytest.mark.usefixtures("database")
def test_what_cannot_be_asked_is_refused() -> None:
    assert isinstance(refusal("entries", "counts", *map(str, range(501))), WrongUsage)
    assert isinstance(refusal("entries", "resonated", "poem", "--cursor", "x"), WrongUsage)
    assert run("entries", "tree", "poem", "--depth", "51").exit_code == 2


def test_a_toggle_is_published_and_counted(place: Place) -> None:
    toggles = [
        ("entries", "toggle", "poem", "--actor", "ann"),
        ("entries", "toggle", "poem", "--actor", "ann", "--amplification"),
        ("entries", "toggle", "poem", "--actor", "bob"),
        ("entries", "toggle", "poem", "--actor", "bob"),
    ]
    with supervised(place, place.home.with_suffix(".log"), "interactions") as worker:
        for arguments in toggles:
            ended = place.run(*arguments)
            assert ended.returncode == 0, ended.stderr
            assert ended.stdout.startswith("interactions:")
        worker.until_read(len(toggles))
    trending = place.run("entries", "trending")
    assert "poem" in trending.stdout
    query = "SELECT resonance_count * 10 + amplification_count FROM interactions.interaction_counts"
    assert asked(place.postgres, query) == 11
