"""What counts for the Impact score, and how much: for the fold and for SQL."""

from typing import Final

COMMENT: Final = 10_000_000
SHARE: Final = 10_000
SAVE: Final = 10_000
LIKE: Final = 100
VIEW: Final = 1
"""What each weighs, in 100,000ths of a point."""
CENT: Final = 1_000
"""A hundredth of a point, in the same unit."""

WEIGHTS: Final = {
    "comment": COMMENT,
    "share": SHARE,
    "save": SAVE,
    "like": LIKE,
    "view": VIEW,
    "cent": CENT,
}
"""What SQL calls them."""
