"""Each rule of an oracle matters: without it, some random stream ends otherwise.

What no stream tells apart, the property tests could not see either. A rule is replaced in the oracle, never
in the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from tests.simulation import (
    rankings_oracle_ballot,
    rankings_oracle_views,
    weights_oracle_facts,
    weights_oracle_reading,
    weights_oracle_views,
)
from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_expected import Expected, Oracle
from tests.simulation.random_streams import as_records
from tests.simulation.rankings_oracle import rankings_expected
from tests.simulation.rankings_oracle_ballot import Ballot
from tests.simulation.rankings_oracle_period import Period
from tests.simulation.rankings_random_streams import rankings_log
from tests.simulation.weights_oracle import weights_expected
from tests.simulation.weights_random_streams import weights_log

SEEDS: Final = range(1, 31)
EVENTS: Final = 180
PARTITIONS: Final = 2

Method = Callable[..., Any]
Replaced = tuple[object, str, object]
"""Where something of an oracle stands, its name there, and what stands there instead."""


def then(of: type, name: str, more: Method) -> Replaced:
    """The method, and after it more, which is given the same."""
    method: Method = getattr(of, name)

    def both(self: Any, *given: Any) -> Any:
        answer = method(self, *given)
        more(self, *given)
        return answer

    return of, name, both


def without(of: type, name: str, code: str) -> Replaced:
    """The check, which does not know this reason to refuse."""
    method: Method = getattr(of, name)

    def lenient(self: Any, *given: Any) -> None:
        try:
            method(self, *given)
        except Dead as dead:
            if dead.code != code:
                raise

    return of, name, lenient


def _takes_no_undo_for_a_change(period: Period, event: Any) -> None:
    period.changes -= event.name == "rankings_undone"


def _takes_no_removal_for_a_change(period: Period, event: Any) -> None:
    period.changes -= event.name == "topic_removed"


def _counts_the_period_versions_of_changes_only(period: Period, event: Any) -> None:
    period.version -= event.name.startswith("rankings_")


def _goes_by_the_changes_told_last(period: Period, event: Any) -> None:
    period.calculated_changes = event.given["changes"]


def _keeps_the_last_average_only(period: Period, event: Any) -> None:
    for topic in period.topics.values():
        for trend in topic.trends.values():
            trend.averages[:] = trend.averages[-1:] * len(trend.averages)


def _compares_no_null(ballot: Ballot, event: Any, update: Mapping[str, Any]) -> None:
    ballot.changes[-1].previous_mismatch &= update.get("previous") is not None


def _leaves_changes_standing(ballot: Ballot, session: str) -> None:
    for change in ballot.changes:
        change.undone = False


def _lasts(ballot: Ballot, session: str) -> dict[str, Any]:
    """By topic, the last change of a session in place of the first."""
    return {c.topic_id: c for c in ballot.changes if c.session == session and not c.undone}


def _topics_removed_or_not(period: Period) -> dict[str, Any]:
    return dict(sorted(period.topics.items()))


def _runs_as_far_as_they_are_there(facts: Any) -> list[Any]:
    return [(period, *run) for period in facts.periods.values() for run in period.runs.items()]


def _superseded_by_whatever_was(ballot: Ballot, session: str, firsts: Mapping[str, Any]) -> None:
    for change in ballot.changes:
        first = firsts.get(change.topic_id)
        if first is not None and change.session != session and change.number > first.number:
            raise Dead("refused", "superseded", "by a change that may have been taken back")


def _is_duplicate_but_metrics(period: Period, event: Any) -> bool:
    return event.name != "metrics_calculated" and _IS_DUPLICATE(period, event)


def _checks_a_ballot_always(period: Period, event: Any) -> None:
    _CHECK_BALLOT(replace(period, open=True), event)


def _ends_at_the_next(version: Any, later: Any) -> Any:
    return later[0].at if later else None


def _ends_before_it_began(version: Any, later: Any) -> Any:
    return min(after.at for after in later) if later else None


def _cut_short(found: list[int], topics_count: int) -> dict[str, Any]:
    counted: dict[str, Any] = _COUNTS(found, topics_count)
    return counted | {"distribution": counted["distribution"][:topics_count]}


_IS_DUPLICATE: Final = Period.is_duplicate
_CHECK_BALLOT: Final = Period._check_ballot
_COUNTS: Final = rankings_oracle_views._counts
_RANKINGS: Final[Mapping[str, Replaced]] = {
    "two topics at a place": (rankings_oracle_ballot, "_check_places", lambda wanted: None),
    "a change that changes nothing": (Ballot, "_moves", lambda ballot, update: True),
    "null before is compared": then(Ballot, "_move", _compares_no_null),
    "undo to before the first change": (Ballot, "_firsts", _lasts),
    "superseded": (Ballot, "_check_superseded", lambda ballot, session, firsts: None),
    "superseded by what stands": (Ballot, "_check_superseded", _superseded_by_whatever_was),
    "a place taken before an undo": without(Ballot, "check_undo", "position_taken"),
    "a topic removed before an undo": without(Ballot, "check_undo", "removed"),
    "changes that were taken back": then(Ballot, "undo", _leaves_changes_standing),
    "removed topics are in nobody's way": (
        Period,
        "live",
        lambda period: dict(sorted(period.topics.items())),
    ),
    "closed periods": (Period, "_check_ballot", _checks_a_ballot_always),
    "an undo is a change": then(Period, "apply", _takes_no_undo_for_a_change),
    "a removal is a change": then(Period, "apply", _takes_no_removal_for_a_change),
    "versions of periods": then(Period, "apply", _counts_the_period_versions_of_changes_only),
    "calculated once": (Period, "is_duplicate", _is_duplicate_but_metrics),
    "the most changes calculated": then(Period, "_calculate", _goes_by_the_changes_told_last),
    "means of averages": then(Period, "_calculate", _keeps_the_last_average_only),
    "runs once they are whole": (rankings_oracle_views, "_whole_runs", _runs_as_far_as_they_are_there),
    "distributions as long as their last place": (rankings_oracle_views, "_counts", _cut_short),
}
_USERS: Final = weights_oracle_facts.Facts
_WEIGHTS: Final[Mapping[str, Replaced]] = {
    "defaults": (weights_oracle_facts, "DEFAULTS", {"community": 34, "environment": 33, "workers": 33}),
    "conflicts and removals": (_USERS, "is_duplicate", lambda facts, event: False),
    "nearly a hundredth": (weights_oracle_reading, "WITHIN", Fraction(0)),
    "not nearly enough": (weights_oracle_reading, "WITHIN", Fraction(1, 100)),
    "the sum": (weights_oracle_reading, "sum", lambda found: 100),
    "the end is that of the earliest": (weights_oracle_views, "_end", _ends_at_the_next),
    "no end before the beginning": (weights_oracle_views, "_end", _ends_before_it_began),
}
_BROKEN: Final = [
    *(pytest.param(rankings_log, rankings_expected, rule, id=name) for name, rule in _RANKINGS.items()),
    *(pytest.param(weights_log, weights_expected, rule, id=name) for name, rule in _WEIGHTS.items()),
]


@pytest.mark.parametrize(("log", "oracle", "rule"), _BROKEN)
def test_a_rule_that_is_broken_is_noticed(
    log: Method, oracle: Oracle[Any], rule: Replaced, monkeypatch: pytest.MonkeyPatch
) -> None:
    noticed = []
    for seed in SEEDS:
        records = as_records(log(seed, events=EVENTS, partitions=PARTITIONS))
        right = told(oracle, records)
        with monkeypatch.context() as patch:
            patch.setattr(*rule, raising=False)
            noticed.append(told(oracle, records) != right)
        if noticed[-1]:
            return
    pytest.fail(f"none of {len(noticed)} streams would tell")


def told(oracle: Oracle[Any], records: list[LogRecord]) -> tuple[object, ...]:
    """All that a property test compares."""
    expected: Expected[Any] = oracle(records, PARTITIONS)
    return expected.views, expected.counts, expected.dead
