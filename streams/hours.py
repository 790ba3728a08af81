"""Hours as the cells count them: whole ones since 1970 in UTC."""

from datetime import date, datetime
from typing import Final

EPOCH_HOURS: Final = date(1970, 1, 1).toordinal() * 24


def hour_of(at: datetime) -> int:
    """Whole hours since 1970 of a time in UTC; exact and cheaper than `timestamp()`."""
    return at.toordinal() * 24 + at.hour - EPOCH_HOURS
