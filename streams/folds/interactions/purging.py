"""What the deletion of an entry leaves to do: rows about it go, a page at a time.

The deletion itself has hidden everything, and nothing new can come. Branches stay, with what they brought to
the activity of the hours in which they were made.
"""

from collections.abc import Mapping
from typing import Any, Final

from projections.interactions.read_model import PAGES
from projections.interactions.tables import ACTIVITY, USER_ENTRIES
from projections.tables import Key
from streams.folding import Change, Chore, States, add, start_chore
from streams.purging import removed_by_page
from streams.rule import Reads

Arguments = Mapping[str, Any]

OF_BRANCHES: Final = ACTIVITY.index_of("branches")


def purge_entry(entry_id: str) -> list[Change]:
    """The chores that follow an entry's deletion."""
    return [
        start_chore("purge_entry_users", entry_id=entry_id),
        start_chore("purge_entry_activity", entry_id=entry_id),
    ]


def reads_nothing(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited cell is all there is to know."""
    return ()


def visit_activity(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """The cell is emptied but for its branches: nothing else is added to it any more."""
    entry_id, hour, *amounts = key
    return [
        add(ACTIVITY, (entry_id, hour), column, -amount)
        for column, amount in enumerate(amounts)
        if amount and column != OF_BRANCHES
    ]


PURGING_CHORES: Final[Mapping[str, Chore]] = {
    "purge_entry_users": removed_by_page(USER_ENTRIES, PAGES / "users.sql"),
    "purge_entry_activity": Chore(ACTIVITY, PAGES / "activity.sql", reads_nothing, visit_activity),
}
