"""The Impact score: conversation first."""

from projections.content.impact import CENT, COMMENT, LIKE, SAVE, SHARE, VIEW
from projections.tables import Whole


def impact_cents(views: int, likes: int, comments: int, shares: int, saves: int) -> Whole:
    """In hundredths, rounded half up: 100 x comments + 0.1 x shares + 0.1 x saves + 0.001 x likes + views /
    100000."""
    exact = COMMENT * comments + SHARE * shares + LIKE * likes + VIEW * views + SAVE * saves
    return Whole((exact + CENT // 2) // CENT)
