"""A file that `groundswell import` published and a worker folded: what the tests of each format ask of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg
from psycopg import sql

from tests.integration.worker_process import Place, supervised


@dataclass(frozen=True)
class ImportedFile:
    """A place where a file was imported and folded, and what the import told."""

    place: Place
    told: dict[str, Any]

    system: ClassVar[str]
    views: ClassVar[tuple[str, ...]]
    """Those that the file feeds."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What Postgres answers, times in UTC."""
        with psycopg.connect(self.place.postgres, options="-c timezone=UTC") as connection:
            return connection.execute(query.encode()).fetchall()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all these views, in an order of their own."""
        with psycopg.connect(self.place.postgres) as connection:
            return {
                view: sorted(
                    connection.execute(
                        sql.SQL("SELECT v::text FROM {} v").format(sql.Identifier(self.system, view))
                    )
                )
                for view in self.views
            }

    def assert_again_changes_nothing(self, imported: Callable[[], dict[str, Any]]) -> None:
        """What imports the same file again tells the same, and each of its events is a duplicate."""
        before, events = self.everything(), self.told["events"]
        assert imported() | {"seconds": 0} == self.told | {"seconds": 0}
        with supervised(self.place, self.place.home.parent / "again.log", self.system) as worker:
            folded = worker.until_read(2 * events)

        assert (folded.applied, folded.duplicates, folded.dead) == (events, events, 0)
        assert self.everything() == before
