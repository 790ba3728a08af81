"""Purging: rows of what was deleted go, a page at a time; views have hidden them from its event on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from projections.tables import Key, StateTable
from streams.folding import Change, Chore, States, remove
from streams.rule import Reads


def removed_by_page(table: StateTable[Any], page: Path) -> Chore:
    """The rows that the pages name go, and nothing follows from that."""

    def reads(arguments: Mapping[str, Any], key: Key, states: States) -> Reads:
        return ()

    def visit(arguments: Mapping[str, Any], key: Key, states: States) -> list[Change]:
        return [remove(table, key)]

    return Chore(table, page, reads, visit)
