"""What a table's definition becomes in Postgres."""

import msgspec
import pytest

from projections.magnitude import COUNTS, SCORES, Magnitude
from projections.postgres.generations import table_ddl
from projections.tables import StateTable


class Shelf(msgspec.Struct, frozen=True, gc=False):
    shelf_id: str
    books: int
    gone: bool


def ddl(table: StateTable[Shelf]) -> list[str]:
    return table_ddl("library_g1", table).as_string(None).split(";\n")


def test_indexes_have_all_rows_or_those_that_are_meant() -> None:
    indexes = ("books DESC, shelf_id", "gone")
    every = StateTable("shelves", Shelf, key_width=1, indexes=indexes)
    assert ddl(every)[1:] == [
        'CREATE INDEX ON "library_g1"."shelves" (books DESC, shelf_id)',
        'CREATE INDEX ON "library_g1"."shelves" (gone)',
    ]
    standing = StateTable("shelves", Shelf, key_width=1, indexes=indexes, indexed_where="NOT gone")
    assert ddl(standing)[1:] == [f"{index} WHERE NOT gone" for index in ddl(every)[1:]]


@pytest.mark.parametrize(("magnitude", "arguments"), [(COUNTS, "6"), (SCORES, "6, 13, 26")])
def test_orders_are_columns_that_postgres_keeps(magnitude: Magnitude, arguments: str) -> None:
    shelves = StateTable("shelves", Shelf, key_width=1, orders={"books_order": ("books", magnitude)})
    (made,) = ddl(shelves)
    assert (
        '"books_order" integer GENERATED ALWAYS AS'
        f' (groundswell.magnitude("books"::double precision, {arguments})) STORED'
    ) in made
