"""Creators, sounds, communities, and what was decided."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.content import LeaderboardClosed, Reconciled
from events.content_decisions import LeaderboardPlace as Place
from events.decisions import decision_id
from events.reconciliation import Drift
from projections.content.rows import (
    Community,
    Creator,
    LeaderboardHour,
    LeaderboardPlace,
    Sound,
)
from projections.content.tables import (
    COMMUNITIES,
    CREATORS,
    LEADERBOARD_HOURS,
    LEADERBOARDS,
    RECONCILIATIONS,
    SOUNDS,
)
from projections.reconciliations import ReconciledDifference, Reconciliation
from streams.hours import hour_of
from tests.unit.content_driver import (
    BASE,
    HOUR,
    community,
    community_changed,
    community_deleted,
    content_driver,
    creator,
    creator_changed,
    followers,
    sound,
    sound_changed,
)
from tests.unit.made_events import decoded

SECOND = timedelta(seconds=1)
TEN = BASE.replace(minute=0)


def test_a_creator_registered_again_keeps_what_is_left_out() -> None:
    driver = content_driver().given(
        creator(display_name="Ada L.", bio="I build Lamps.", verified=True),
        creator(username="ada-l", bio=None, at=BASE + HOUR),
    )
    assert driver.rows[CREATORS]["ada",] == Creator(
        "ada",
        "ada-l",
        "Ada L.",
        "I build Lamps.",
        verified=True,
        registered_at=BASE,
        search="ada-l\nada l.\ni build lamps.",
        username_search="ada-l",
    )


def test_a_changed_creator_is_registered_and_null_clears() -> None:
    driver = content_driver().given(creator_changed(bio="Hi"), creator(), creator_changed(bio=None))
    assert driver.rows[CREATORS]["ada",] == Creator(
        "ada", "ada", registered_at=BASE, search="ada", username_search="ada"
    )


def test_a_username_is_searched_as_whoever_searches_writes_it() -> None:
    """Mathematical letters have no lower case of their own; they are plain letters first."""
    driver = content_driver().given(creator(username="\U0001d400\U0001d41d\U0001d41a", bio="\uff22io"))
    found = driver.rows[CREATORS]["ada",]
    assert (found.search, found.username_search) == ("ada\nbio", "ada")


def test_the_latest_count_of_followers_stands() -> None:
    driver = content_driver().given(
        followers(10),
        followers(8, at=BASE - HOUR),
        followers(9),
        followers(7, at=BASE - timedelta(seconds=1)),
    )
    assert driver.outcomes == ["applied"] * 4
    assert driver.rows[CREATORS]["ada",] == Creator("ada", followers=9, followers_at=BASE)


def test_a_sound_is_registered_and_changed() -> None:
    driver = content_driver().given(
        sound_changed(author="Gutters", duration_seconds=31), sound(), sound_changed(duration_seconds=None)
    )
    assert driver.rows[SOUNDS]["rain",] == Sound("rain", "Rain song", "Gutters", search="rain song\ngutters")


def test_a_community_links_normalised_hashtags_until_it_links_others() -> None:
    driver = content_driver().given(
        community(linked_hashtags=["#DIY", "diy", "Wood"]), community(name="Menders", description="Old")
    )
    assert driver.rows[COMMUNITIES]["makers",] == Community(
        "makers", "Menders", "Old", ("diy", "wood"), search="menders\nold"
    )
    driver.given(community_changed(linked_hashtags=[], description=None))
    assert driver.rows[COMMUNITIES]["makers",] == Community("makers", "Menders", search="menders")


def test_a_deleted_community_stays_deleted() -> None:
    driver = content_driver().given(
        community(), community_deleted(), community(), community_changed(name="X"), community_deleted()
    )
    assert driver.outcomes == ["applied", "applied", "removed", "removed", "removed"]
    assert driver.rows[COMMUNITIES]["makers",] == Community("makers", deleted=True)
    assert content_driver().given(community_deleted(), community()).outcomes == ["applied", "removed"]


def closed(part: int, parts: int = 2, **fields: Any) -> Any:
    fields = {"period": "24h", "kind": "video", "sort": "impact", "entries": (), **fields}
    given = LeaderboardClosed.new(
        id=decision_id(LeaderboardClosed.type_name(), TEN, part),
        at=TEN,
        actor_type="system",
        hour=TEN - HOUR,
        part=part,
        parts=parts,
        **fields,
    )
    return decoded(given)


def test_leaderboards_of_an_hour_are_complete_with_their_last_part() -> None:
    hour = hour_of(TEN) - 1
    first = Place(id="a", rank=1, value=Decimal("5005.25"), previous_rank=3)
    places = (first, Place(id="b", rank=2, value=Decimal("-0.5")))
    driver = content_driver().given(closed(1, entries=places), closed(1))
    assert driver.outcomes == ["applied", "duplicate"]
    assert driver.rows[LEADERBOARD_HOURS] == {(hour,): LeaderboardHour(hour, 2, (1,))}
    assert list(driver.rows[LEADERBOARDS].values()) == [
        LeaderboardPlace("24h", "video", "impact", hour, 1, "a", Decimal(500_525), 3),
        LeaderboardPlace("24h", "video", "impact", hour, 2, "b", Decimal(-50), None),
    ]

    views = (Place(id="a", rank=1, value=Decimal(12)),)
    driver.given(closed(0, kind="creator", sort="views", entries=views))
    assert driver.rows[LEADERBOARD_HOURS] == {(hour,): LeaderboardHour(hour, 2, (0, 1), True)}
    assert driver.rows[LEADERBOARDS]["24h", "creator", "views", hour, 1].value == 12


def test_a_part_of_another_close_is_refused() -> None:
    driver = content_driver().given(closed(0), closed(1, parts=3))
    assert driver.outcomes == ["applied", "not_a_decision"]


def reconciled(**fields: Any) -> Any:
    drift = Drift(table="creator_totals", key="ada", column="views", was="99", became="100")
    given: dict[str, Any] = {
        "id": decision_id(Reconciled.type_name(), BASE, 0),
        "part": 0,
        "parts": 1,
        "days": 7,
        "checked": 12,
        "drifted": 1,
        "repaired": 1,
        "details": (drift,),
        **fields,
    }
    return decoded(Reconciled.new(at=BASE, actor_type="system", **given))


def test_the_report_of_a_reconciliation_is_kept() -> None:
    event = reconciled()
    driver = content_driver().given(event, event, reconciled(id=decision_id("content.reconciled", TEN, 0)))
    assert driver.outcomes == ["applied", "duplicate", "not_a_decision"]
    difference = ReconciledDifference("creator_totals", "ada", "views", "99", "100")
    assert driver.rows[RECONCILIATIONS] == {
        (str(event.id),): Reconciliation(str(event.id), BASE, 7, 12, 1, 1, (difference,))
    }
