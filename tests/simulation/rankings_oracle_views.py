"""The rows of each view of schema `rankings`, from the periods as they stand at the end of the log.

Counts are taken from the ballots, all of them anew.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from tests.simulation.oracle_event import reconciliation
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_rounding import rounded, rounded_root
from tests.simulation.rankings_oracle_facts import Facts
from tests.simulation.rankings_oracle_period import Period, Run, Topic


def students(facts: Facts) -> list[Row]:
    """View `students`."""
    return [
        {
            "student_id": student.id,
            "email": student.email,
            "registered_at": student.registered_at,
            "version": student.version,
        }
        for _, student in sorted(facts.students.items())
    ]


def periods(facts: Facts) -> list[Row]:
    """View `periods`."""
    return [
        {
            "period_id": period.id,
            "title": period.title,
            "open": period.open,
            "opened_at": period.opened_at,
            "closed_at": period.closed_at,
            "topics": len(period.live()),
            "changes": period.changes,
            "calculated_at": None if period.calculated is None else period.calculated[0],
            "is_stale": period.changes != period.calculated_changes,
            "version": period.version,
        }
        for period in _periods(facts)
    ]


def topics(facts: Facts) -> list[Row]:
    """View `topics`."""
    return [
        {
            "period_id": period.id,
            "topic_id": topic.id,
            "title": topic.title,
            "capacity": topic.capacity,
            "created_at": topic.created_at,
            "version": topic.version,
        }
        for period, topic in _live_topics(facts)
    ]


def rankings(facts: Facts) -> list[Row]:
    """View `rankings`."""
    return [
        {
            "period_id": period.id,
            "student_id": student,
            "topic_id": topic,
            "position": entry.position,
            "previous_position": entry.previous_position,
            "session": entry.session,
            "updated_at": entry.updated_at,
        }
        for period in _periods(facts)
        for student, ballot in sorted(period.ballots.items())
        for topic, entry in sorted(ballot.entries.items())
        if topic in period.live()
    ]


def changes(facts: Facts) -> list[Row]:
    """View `changes`."""
    return [
        {
            "period_id": period.id,
            "student_id": student,
            **{name: getattr(change, name) for name in _CHANGE},
        }
        for period in _periods(facts)
        for student, ballot in sorted(period.ballots.items())
        for change in ballot.changes
        if change.topic_id in period.live()
    ]


_CHANGE = (
    *("number", "topic_id", "old_position", "new_position", "session", "at", "event_id"),
    *("previous_mismatch", "undone"),
)


def positions(period: Period, topic_id: str) -> list[int]:
    """Where each student who ranks the topic put it."""
    entries = [ballot.entries.get(topic_id) for ballot in period.ballots.values()]
    return [entry.position for entry in entries if entry is not None]


def topic_metrics(facts: Facts) -> list[Row]:
    """View `topic_metrics`."""
    return [
        {
            "period_id": period.id,
            "topic_id": topic.id,
            **_counts(positions(period, topic.id), len(period.live())),
            "percentile": topic.calculated.get("percentile"),
            "category": topic.calculated.get("category"),
            "calculated_at": topic.calculated_at,
            "is_stale": period.changes != period.calculated_changes,
        }
        for period, topic in _live_topics(facts)
    ]


def _counts(found: list[int], topics_count: int) -> Row:
    mean = Fraction(sum(found), len(found)) if found else Fraction(0)
    squares = sum(((place - mean) ** 2 for place in found), Fraction(0))
    counts = Counter(found)
    return {
        "students": len(found),
        "sum_of_positions": sum(found),
        "average": rounded(mean) if found else None,
        "standard_deviation": rounded_root(squares / len(found)) if found else None,
        "distribution": [counts[place] for place in range(1, max(topics_count, *found, 0) + 1)],
    }


def topic_trends(facts: Facts) -> list[Row]:
    """View `topic_trends`."""
    rows: list[Row] = []
    for period, topic in _live_topics(facts):
        for hour, trend in sorted(topic.trends.items()):
            known = [Fraction(average) for average in trend.averages if average is not None]
            mean = rounded(sum(known, Fraction(0)) / len(known)) if known else None
            row: Row = {"period_id": period.id, "topic_id": topic.id, "hour": hour, "average": mean}
            rows.append(row | {"students": trend.students, "calculations": len(trend.averages)})
    return rows


def assignment_runs(facts: Facts) -> list[Row]:
    """View `assignment_runs`: those of which all parts are there."""
    return [
        {
            "period_id": period.id,
            "run": name,
            "algorithm": run.first.given["algorithm"],
            "cost": run.first.given["cost"],
            "at": run.first.at,
            "students": len(_assigned(run)),
            "assigned": sum(row["topic_id"] is not None for row in _assigned(run)),
        }
        for period, name, run in _whole_runs(facts)
    ]


def assignments(facts: Facts) -> list[Row]:
    """View `assignments`, without topics that were removed since."""
    return [
        {"period_id": period.id, "run": name, **row}
        for period, name, run in _whole_runs(facts)
        for row in _assigned(run)
        if not (row["topic_id"] in period.topics and period.topics[str(row["topic_id"])].removed)
    ]


def reconciliations(facts: Facts) -> list[Row]:
    """View `reconciliations`: each run's report."""
    return [reconciliation(event) for event in facts.reconciled]


def _assigned(run: Run) -> list[Row]:
    return [
        {name: told.get(name) for name in ("student_id", "topic_id", "position")}
        for _, part in sorted(run.parts.items())
        for told in part.given["assignments"]
    ]


def _periods(facts: Facts) -> list[Period]:
    return [period for _, period in sorted(facts.periods.items())]


def _live_topics(facts: Facts) -> Iterator[tuple[Period, Topic]]:
    for period in _periods(facts):
        for topic in period.live().values():
            yield period, topic


def _whole_runs(facts: Facts) -> Iterator[tuple[Period, str, Run]]:
    for period in _periods(facts):
        for name, run in sorted(period.runs.items()):
            if len(run.parts) == run.first.given["parts"]:
                yield period, name, run
