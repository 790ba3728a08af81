"""Compares what lies below the views of system 3, apart from them."""

from typing import Any

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from tests.simulation.compare import keyed_rows, row_differences
from tests.simulation.weights_oracle import WeightsExpected
from tests.simulation.weights_oracle_views import population_cells


async def weights_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: WeightsExpected
) -> list[str]:
    """A line for each difference in how many users give a category so much."""
    rows = [row for row in await keyed_rows(connection, generation.schema, "population") if row["users"]]
    return row_differences("population", ("category", "hundredths"), rows, population_cells(wanted.facts))
