"""A small world of system 1 whose answers can be worked out by hand, as of a clock that stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from deploy.local_stack import LocalStack
from events.codec import Codec, encode
from projections.actions.read_model import READ_MODEL
from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.recalculation import calculate
from streams.folds.actions.closing import closes
from tests.integration.small_worlds import filled_database
from tests.integration.stored_rows import stored
from tests.unit.actions_driver import BASE, HOUR, actions_driver, boosted, joined, logged, ripple, wave
from tests.unit.fold_driver import FoldDriver

TEN: Final = BASE.replace(minute=0)
DAY: Final = timedelta(days=1)
_codec: Final = Codec(system="actions")


def closed(hour: datetime, *places: tuple[str, int | None]) -> list[Any]:
    """The close of an hour: ripples of wave w by rank, each with its rank before."""
    rows = [
        {
            "wave_id": "w",
            "ripple_id": name,
            "rank": rank,
            "score": Decimal(10 - rank),
            "actions_1h": 1,
            "actions_24h": 2,
            "participants": 1,
            "previous_rank": before,
        }
        for rank, (name, before) in enumerate(places, start=1)
    ]
    return [_codec.decode(encode(event)) for event in closes(hour + HOUR, rows)]


def world() -> FoldDriver:
    """It is 10:30. In wave w: ripple a has three actions of 2.5 at 9:30 and two people, b two of 1 at 8:30, c
    and e one each five days ago, d none. In wave v there is only x. Two hours were closed."""
    half_past_nine, half_past_eight, long_ago = TEN - HOUR / 2, TEN - HOUR * 1.5, TEN - 5 * DAY
    return actions_driver().given(
        wave(),
        wave("v", "Quiet woods"),
        *(ripple(name, f"Ripple {name}") for name in "abcde"),
        ripple("x", "Ripple x", "v"),
        *(logged(f"a{number}", "ann", "a", bucket="planning", at=half_past_nine) for number in range(2)),
        logged("a2", "bob", "a", bucket="planning", at=half_past_nine),
        *(logged(f"b{number}", "bob", "b", at=half_past_eight) for number in range(2)),
        logged("c", "eve", "c", at=long_ago),
        logged("e", "eve", "e", at=long_ago),
        logged("x", "ann", "x", "v", at=half_past_nine, quantity=Decimal("2.5"), unit="trees"),
        joined("zoe", "a", at=half_past_nine),
        boosted(20, "b", at=half_past_eight),
        *closed(TEN - 3 * HOUR, ("c", None), ("b", None), ("d", None), ("a", None)),
        *closed(TEN - 2 * HOUR, ("b", 2), ("a", 4), ("e", None)),
    )


@contextmanager
def small_world(stack: LocalStack, home: Path) -> Iterator[str]:
    """The URL of a database of its own that holds it, indexes calculated as of 10:00. For tests that read."""
    with filled_database(stack, home, BASE, _fill) as url:
        yield url


async def _fill(url: str) -> None:
    connection, generation = await stored(url, READ_MODEL, world())
    async with connection:
        await calculate(connection, generation, IMPACT_INDEXES, TEN)
