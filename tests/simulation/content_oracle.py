"""What the views of system 2 must show after a log, told from the raw records alone.

It shares no code with the engine: `content_oracle_reading` checks a record by itself, `content_oracle_video`
and `content_oracle_facts` tell what each thing knows of itself in the order of the log, and
`content_oracle_views` groups what stands at the end. What any system's log obeys is in `oracle_judging`.
"""

from datetime import datetime
from typing import Final

from tests.simulation import content_oracle_now as now
from tests.simulation import content_oracle_views as views
from tests.simulation.content_oracle_facts import Facts
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.oracle_facts import Row

ContentExpected = Expected[Facts]
content_expected: Final = Oracle(
    Facts,
    {
        "videos": views.videos,
        "creators": views.creators,
        "sounds": views.sounds,
        "hashtags": views.hashtags,
        "communities": views.communities,
        "community_creators": lambda facts: views.pairs("community_id", views.by_community(facts)),
        "hashtag_creators": lambda facts: views.pairs("hashtag", views.by_hashtag(facts)),
        "sound_creators": lambda facts: views.pairs("sound_id", views.by_sound(facts)),
        "community_hashtags": views.community_hashtags,
        "observations": views.observations,
        "activity": views.activity,
        "leaderboards": views.leaderboards,
        "reconciliations": views.reconciliations,
    },
)
"""What must be there after these records of `groundswell.content`."""


def views_of_now(wanted: ContentExpected, moment: datetime) -> dict[str, list[Row]]:
    """The columns (now) as of a moment."""
    return {
        "sounds": now.trending_sounds(wanted.facts, moment),
        "hashtags": now.trending_hashtags(wanted.facts, moment),
    }
