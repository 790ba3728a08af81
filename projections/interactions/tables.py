"""The tables of system 5 in each generation."""

from pathlib import Path
from typing import Final

from projections.interactions.rows import Entry, EntryTrend, Place, UserEntry
from projections.tables import CounterTable, StateTable, WindowTable

FOLDER: Final = Path(__file__).parent

ENTRIES: Final = StateTable(
    "entries",
    Entry,
    key_width=1,
    # A policy of `user_entries` asks for what somebody wrote.
    indexes=("author, entry_id",),
    checks=("resonances >= 0", "amplifications >= 0", "shares >= 0"),
)

PLACES: Final = StateTable(
    "places",
    Place,
    key_width=1,
    # The branches of an entry, in their order.
    indexes=("parent_id, branch_order",),
    checks=("branches >= 0", "descendants >= branches", "height >= 0"),
)

USER_ENTRIES: Final = StateTable(
    "user_entries",
    UserEntry,
    key_width=2,
    # What a user resonated with, and who resonated with an entry, each by time.
    indexes=(
        "user_id, has_resonated, resonated_at, entry_id",
        "has_resonated, entry_id, resonated_at, user_id",
    ),
    checks=(
        "has_resonated = (resonated_at IS NOT NULL)",
        "has_amplified = (amplified_at IS NOT NULL)",
        "has_resonated OR has_amplified",
    ),
)

ACTIVITY: Final = CounterTable(
    "activity",
    key={"entry_id": str, "hour": int},
    sums={"resonances": int, "amplifications": int, "shares": int, "branches": int},
    # The expression is the view's column `hour`, so that a filter on it is an index scan.
    indexes=("to_timestamp(hour * 3600), entry_id",),
)
"""What still counts, by the hour in which it happened; branches beside the rest, from another partition."""

ENTRY_TRENDS: Final = WindowTable(
    "entry_trends",
    EntryTrend,
    touched_by=(ENTRIES, PLACES),
    due=FOLDER / "entry_trends_due.sql",
    indexes=("heat DESC, entry_id",),
)
