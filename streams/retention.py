"""What a replay need not write: rows that housekeeping would remove right after."""

from datetime import datetime

from streams.gathering import Gathering


def forget_old(gathering: Gathering, watermark: datetime) -> None:
    """Drops changes of counter rows that are older than their table keeps them as of ``watermark``.

    Without it a rebuild would write every minute of the past, only for housekeeping to take it out again.
    """
    for table, rows in gathering.counters.items():
        kept = table.retention
        if kept is not None and rows:
            column = list(table.key).index(kept.column)
            oldest = kept.oldest(watermark)
            for key in [key for key in rows if key[column] < oldest]:
                del rows[key]
