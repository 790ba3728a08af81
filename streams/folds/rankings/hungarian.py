"""Topics given to students at the least cost, by the Hungarian method over the places that each topic has.

A topic costs the position at which its student ranked it, and one more than there are topics where the
student did not rank it. The order of students and topics is that of their ids, so equal ballots give equal
assignments.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from events.errors import WrongUsage
from events.rankings_decisions import Assignment

CELLS_MAX: Final = 25_000_000
"""Students times places of topics: half a GB of memory, and some seconds."""

Ballots = Mapping[str, Mapping[str, int]]
"""By student: by topic the position."""


class Given(NamedTuple):
    """Who gets what, by the students' ids, and the sum of the costs."""

    cost: int
    assignments: list[Assignment]


def assigned(ballots: Ballots, capacities: Mapping[str, int]) -> Given:
    """Gives each student one topic at most and each topic to as many students as it has places, at the least
    cost; who is left without one, costs as much as a topic not ranked.

    Raises WrongUsage when there is nobody, nothing to give, or more of both than CELLS_MAX allows.
    """
    students, topics = sorted(ballots), sorted(capacities)
    places = [min(capacities[topic], len(students)) for topic in topics]
    _refuse_what_cannot_be_done(len(students), len(topics), sum(places))
    chosen = _chosen(ballots, students, topics, places)
    assignments = [_given(student, chosen.get(student), ballots) for student in students]
    cost = sum(each.position or len(topics) + 1 for each in assignments)
    return Given(cost, assignments)


def _given(student: str, topic: str | None, ballots: Ballots) -> Assignment:
    position = None if topic is None else ballots[student].get(topic)
    return Assignment(student_id=student, topic_id=topic, position=position)


def _refuse_what_cannot_be_done(students: int, topics: int, places: int) -> None:
    if not students or not topics:
        raise WrongUsage(
            f"nothing to assign: {students} students rank topics of the period, {topics} topics can be given"
        )
    if students * places > CELLS_MAX:
        raise WrongUsage(
            f"{students:,} students and {places:,} places of topics make {students * places:,} pairs, more"
            f" than the {CELLS_MAX:,} that are compared: lower the capacities, or split the period"
        )


def _chosen(ballots: Ballots, students: list[str], topics: list[str], places: list[int]) -> dict[str, str]:
    """By student the topic; who has none is left out."""
    # It takes a moment to load, and nobody else needs it.
    from scipy.optimize import linear_sum_assignment

    costs = np.full((len(students), len(topics)), float(len(topics) + 1))
    numbers = {topic: number for number, topic in enumerate(topics)}
    for row, student in enumerate(students):
        for topic, position in ballots[student].items():
            costs[row, numbers[topic]] = position
    topic_of_place = np.repeat(np.arange(len(topics)), places)
    rows, columns = linear_sum_assignment(costs[:, topic_of_place])
    return {students[row]: topics[topic_of_place[column]] for row, column in zip(rows, columns, strict=True)}
