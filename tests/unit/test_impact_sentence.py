"""The sentence that a person reads about what they did."""

from decimal import Decimal

from projections.actions.sentence import impact_sentence


def test_achievements_come_first_the_largest_before_the_others() -> None:
    achievements = {"local businesses supported": Decimal(8), "kg of litter removed": Decimal("15.50")}

    assert (
        impact_sentence(23, 2, 2, achievements)
        == "15.5 kg of litter removed, 8 local businesses supported: 23 actions in 2 waves."
    )


def test_one_is_singular_and_thousands_are_apart() -> None:
    assert impact_sentence(1, 0, 1, {"trees": Decimal("1E+3")}) == "1,000 trees: 1 action in 1 wave."


def test_without_achievements_it_tells_the_actions() -> None:
    assert impact_sentence(1200, 0, 3, {"trees": Decimal(0)}) == "1,200 actions in 3 waves."


def test_who_only_joined_has_no_actions_yet() -> None:
    assert impact_sentence(0, 2, 1, {}) == "2 ripples joined in 1 wave, no actions yet."
    assert impact_sentence(0, 0, 0, {}) == "No actions yet."


def test_a_long_list_is_cut() -> None:
    achievements = {f"unit {number}": Decimal(10 - number) for number in range(7)}

    assert impact_sentence(7, 0, 1, achievements) == (
        "10 unit 0, 9 unit 1, 8 unit 2, 7 unit 3, 6 unit 4, and 2 more achievements: 7 actions in 1 wave."
    )
