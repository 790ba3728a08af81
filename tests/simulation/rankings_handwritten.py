"""A log of system 4 written by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from tests.simulation.handwritten import NOON, HandwrittenLog
from tests.simulation.oracle_envelope import decision_id
from tests.simulation.random_json import Fields
from tests.simulation.rankings_oracle import rankings_expected
from tests.simulation.rankings_oracle_facts import Facts
from tests.simulation.rankings_random_world import key_of


class RankingsLog(HandwrittenLog[Facts]):
    """The period is `autumn`, the student `ada`, the session `s` unless said otherwise."""

    def __init__(self, *topics: str, partitions: int = 1) -> None:
        """With a period that is open for these topics; none is opened where there are none."""
        super().__init__("rankings", key_of, rankings_expected, partitions)
        if topics:
            self.opened()
            for topic in topics:
                self.topic("topic_created", topic, title=topic.upper())

    def period(self, name: str, at: datetime = NOON, /, **own: object) -> Self:
        """Something that happened to a period."""
        return self.add(name, at, **{"period_id": "autumn", **own})

    def opened(self, title: str = "Autumn", at: datetime = NOON, /, **own: object) -> Self:
        """Topics can be ranked."""
        return self.period("period_opened", at, title=title, **own)

    def topic(self, name: str, topic_id: str, at: datetime = NOON, /, **own: object) -> Self:
        """Something that happened to a topic."""
        return self.period(name, at, topic_id=topic_id, **own)

    def put(
        self,
        session: str = "s",
        student_id: str = "ada",
        at: datetime = NOON,
        previous: Mapping[str, int | None] | None = None,
        **places: int | None,
    ) -> Self:
        """A batch: these topics to these places; of some it says where they stood before."""
        updates: list[Fields] = []
        for topic, place in places.items():
            updates.append({"topic_id": topic, "position": place})
            if previous and topic in previous:
                updates[-1]["previous"] = previous[topic]
        own: Fields = {"student_id": student_id, "session": session, "updates": updates}
        return self.period("rankings_updated", at, **own)

    def undone(self, session: str = "s", student_id: str = "ada", **own: object) -> Self:
        """A session's changes are taken back."""
        return self.period("rankings_undone", student_id=student_id, session=session, **own)

    def decided(self, name: str, at: datetime, part: int, parts: int, /, **own: object) -> Self:
        """A part of a decision, with the id that the engine would give it."""
        identity = str(decision_id(f"rankings.{name}", at, part))
        return self.period(name, at, id=identity, part=part, parts=parts, **own)

    def calculated(self, at: datetime = NOON, changes: int = 0, part: int = 0, **averages: object) -> Self:
        """The metrics of these topics: 7 students each, and the averages given."""
        topics = [
            {"topic_id": topic, "students": 7, "average": average, "percentile": 50, "category": "low"}
            for topic, average in averages.items()
        ]
        return self.decided("metrics_calculated", at, part, part + 1, changes=changes, topics=topics)

    def assigned(self, run: str, part: int = 0, parts: int = 1, **topics: str | None) -> Self:
        """A part of a run: these students, and their topics."""
        given = [{"student_id": student, "topic_id": topic} for student, topic in topics.items()]
        own: Fields = {"run": run, "algorithm": "hungarian", "cost": 9, "assignments": given}
        return self.decided("algorithm_executed", NOON, part, parts, **own)

    def places(self, student_id: str = "ada") -> Fields:
        """Where a student's topics stand."""
        rows = [row for row in self.rows("rankings") if row["student_id"] == student_id]
        return {str(row["topic_id"]): row["position"] for row in rows}
