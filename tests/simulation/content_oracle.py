"""What the views of system 2 must show after a log, told from the raw records alone.

It shares no code with the engine: `content_oracle_reading` checks a record by itself, `content_oracle_video`
and `content_oracle_facts` tell what each thing knows of itself in the order of the log, and
`content_oracle_views` groups what stands at the end. What any system's log obeys is in `oracle_judging`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tests.simulation import content_oracle_now as now
from tests.simulation import content_oracle_views as views
from tests.simulation.content_oracle_facts import Facts
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS, DeadRecord, PartitionCounts, judged


@dataclass(frozen=True, slots=True)
class ContentExpected:
    """The rows of each view by its name, the counts of each partition, the dead records in log order."""

    views: dict[str, list[Row]]
    counts: dict[int, PartitionCounts]
    dead: list[DeadRecord]
    facts: Facts

    def row(self, view: str, **key: object) -> Row | None:
        """The first row of the view with these values, or None."""
        for row in self.views[view]:
            if all(row[column] == value for column, value in key.items()):
                return row
        return None

    def views_of_now(self, moment: datetime) -> dict[str, list[Row]]:
        """The columns (now) as of a moment."""
        return {
            "sounds": now.trending_sounds(self.facts, moment),
            "hashtags": now.trending_hashtags(self.facts, moment),
        }


def content_expected(
    records: Iterable[LogRecord], partitions: int, *, duplicate_window: int = DUPLICATE_WINDOW_RECORDS
) -> ContentExpected:
    """What must be there after these records of `groundswell.content`.

    They come in the order of offsets within each partition, else ValueError. The window is in offsets.
    """
    facts = Facts()
    verdicts = judged(records, partitions, duplicate_window, facts)
    return ContentExpected(
        views={
            "videos": views.videos(facts),
            "creators": views.creators(facts),
            "sounds": views.sounds(facts),
            "hashtags": views.hashtags(facts),
            "communities": views.communities(facts),
            "community_creators": views.pairs("community_id", views.by_community(facts)),
            "hashtag_creators": views.pairs("hashtag", views.by_hashtag(facts)),
            "sound_creators": views.pairs("sound_id", views.by_sound(facts)),
            "community_hashtags": views.community_hashtags(facts),
            "observations": views.observations(facts),
            "activity": views.activity(facts),
            "leaderboards": views.leaderboards(facts),
            "reconciliations": views.reconciliations(facts),
        },
        counts=verdicts.counts,
        dead=verdicts.dead,
        facts=facts,
    )
