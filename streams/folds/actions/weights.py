"""What a bucket weighs from which hour on; set late, it re-derives the actions it touches."""

from collections.abc import Mapping
from typing import Any, Final

from events.actions import BucketWeightSet
from projections.actions.read_model import PAGES
from projections.actions.tables import (
    ACTIONS,
    BUCKET_WEIGHTS,
    DEFAULT_WEIGHTS_MICROS,
    MICROS,
    WEIGHT_MICROS,
    BucketWeights,
    WeightStep,
)
from projections.tables import Key
from streams.folding import Change, Chore, States, put, start_chore
from streams.folds.actions.counting import reads_counted, weigh_again
from streams.hours import hour_of
from streams.rule import Reads, Rule

Arguments = Mapping[str, Any]


def weight_micros(weights: BucketWeights | None, bucket: str, hour: int) -> int:
    """What an action of that hour weighs: the last step up to it, or what the bucket weighs until set."""
    if weights is not None:
        for step in reversed(weights.steps):
            if step.hour <= hour:
                return step.multiplier_micros
    return DEFAULT_WEIGHTS_MICROS.get(bucket, WEIGHT_MICROS)


def reads_weights(event: BucketWeightSet, states: States) -> Reads:
    """What this partition knows of the bucket."""
    return ((BUCKET_WEIGHTS, (states.partition, event.bucket)),)


def weight_set(event: BucketWeightSet, states: States) -> list[Change]:
    """For one bucket and hour the greater (at, id) wins; it re-derives what lies up to the next step."""
    step = WeightStep(
        hour=hour_of(event.effective_from),
        multiplier_micros=int(event.multiplier * MICROS),
        at=event.at,
        id=str(event.id),
        set_by=event.actor,
    )
    weights = states.get(BUCKET_WEIGHTS, (states.partition, event.bucket))
    steps = {known.hour: known for known in weights.steps} if weights is not None else {}
    rival = steps.get(step.hour)
    if rival is not None and (rival.at, rival.id) >= (step.at, step.id):
        return []
    steps[step.hour] = step
    in_order = tuple(steps[hour] for hour in sorted(steps))
    later = [hour for hour in steps if hour > step.hour]
    return [
        put(BUCKET_WEIGHTS, BucketWeights(states.partition, event.bucket, in_order)),
        start_chore("reweigh", bucket=event.bucket, from_hour=step.hour, until_hour=min(later, default=None)),
    ]


def reads_reweighed(arguments: Arguments, key: Key, states: States) -> Reads:
    """The visited action, what it counts in, and what its bucket weighs by now."""
    yield ACTIONS, key
    yield BUCKET_WEIGHTS, (states.partition, arguments["bucket"])
    yield from reads_counted(states.get(ACTIONS, key))


def reweigh(arguments: Arguments, key: Key, states: States) -> list[Change]:
    """By the newest weights, not those when the chore began: however chores overlap, the end is the same."""
    action = states.get(ACTIONS, key)
    if action is None or action.at is None or action.bucket is None:
        return []
    weights = states.get(BUCKET_WEIGHTS, (states.partition, action.bucket))
    return weigh_again(action, weight_micros(weights, action.bucket, hour_of(action.at)), states)


BUCKET_WEIGHT_SET = Rule(reads_weights, weight_set)

REWEIGHING_CHORES: Final[Mapping[str, Chore]] = {
    "reweigh": Chore(ACTIONS, PAGES / "bucket_actions.sql", reads_reweighed, reweigh)
}
