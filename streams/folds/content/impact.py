"""The Impact score: conversation first."""

from typing import Final

from projections.tables import Whole

COMMENT: Final = 10_000_000
SHARE: Final = 10_000
SAVE: Final = 10_000
LIKE: Final = 100
VIEW: Final = 1
"""What each weighs, in 100,000ths of a point."""
CENT: Final = 1_000
"""A hundredth of a point, in the same unit."""


def impact_cents(views: int, likes: int, comments: int, shares: int, saves: int) -> Whole:
    """In hundredths, rounded half up: 100 x comments + 0.1 x shares + 0.1 x saves + 0.001 x likes + views /
    100000."""
    exact = COMMENT * comments + SHARE * shares + LIKE * likes + VIEW * views + SAVE * saves
    return Whole((exact + CENT // 2) // CENT)
