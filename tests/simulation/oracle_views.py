"""Fourth pass of the oracle: the rows of each view, grouped from the facts that are true at the end.

Columns are named as in the views of schema `actions`; those marked (now) are left out. Rows are sorted by
their key as Python compares text, which is by code point.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Context, Decimal
from typing import TypeVar

from tests.simulation.oracle_facts import Facts, LiveAction, Ripple, Row
from tests.simulation.oracle_verdicts import Applied
from tests.simulation.oracle_weights import DEFAULT_WEIGHTS, DEFAULTS_FROM, winners

UserWave = tuple[str, str]
Key = TypeVar("Key")
_EXACT = Context(prec=100)
_NO_CATEGORY = "none"


def exact_sum(numbers: Iterable[Decimal]) -> Decimal:
    """The sum, exact, without trailing zeros."""
    total = Decimal(0)
    for number in numbers:
        total = _EXACT.add(total, number)
    return total.normalize(_EXACT)


def _impact(actions: Iterable[LiveAction]) -> Decimal:
    return exact_sum(action.impact for action in actions)


def _grouped(actions: Iterable[LiveAction], key: Callable[[LiveAction], Key]) -> dict[Key, list[LiveAction]]:
    groups: dict[Key, list[LiveAction]] = defaultdict(list)
    for action in actions:
        groups[key(action)].append(action)
    return groups


def _user(action: LiveAction) -> str:
    return str(action.event.actor)


def _times(actions: Sequence[LiveAction]) -> Row:
    times = [action.event.at for action in actions]
    return {"first_action_at": min(times, default=None), "last_action_at": max(times, default=None)}


def waves(facts: Facts) -> list[Row]:
    """View `waves`: the announced ones, and the stubs with a visible ripple."""
    visible = Counter(wave for wave, _ in facts.visible_ripples())
    by_wave = _grouped(facts.actions, lambda action: action.event.wave_id)
    rows: list[Row] = []
    for wave in sorted(set(facts.waves) | set(visible)):
        details = facts.waves.get(wave, {})
        buckets = details.get("allowed_buckets")
        actions = by_wave.get(wave, [])
        rows.append(
            {
                "wave_id": wave,
                "title": details.get("title"),
                "allowed_buckets": list(buckets) if isinstance(buckets, tuple) else None,
                "category": details.get("category"),
                "what_we_count": details.get("what_we_count"),
                "ripples": visible[wave],
                "actions": len(actions),
                "impact": _impact(actions),
                "created_at": details.get("created_at"),
            }
        )
    return rows


def ripple_counters(facts: Facts) -> list[Row]:
    """View `ripple_counters`; `version` counts the applied events that name the ripple."""
    by_ripple = _grouped(facts.actions, lambda action: action.ripple)
    versions = Counter(event.ripple for event in facts.standing)
    participants = facts.participants()
    points: Counter[Ripple] = Counter()
    for boost in facts.boosts:
        points[boost.ripple] += boost.points
    rows: list[Row] = []
    for ripple in facts.visible_ripples():
        actions = by_ripple.get(ripple, [])
        rows.append(
            {
                "ripple_id": ripple[1],
                "wave_id": ripple[0],
                "title": facts.titles.get(ripple),
                "actions_total": len(actions),
                "impact": _impact(actions),
                "participants": len(participants.get(ripple, ())),
                "boost_points": points[ripple],
                "last_action_at": _times(actions)["last_action_at"],
                "version": versions[ripple],
            }
        )
    return rows


def action_log(facts: Facts) -> list[Row]:
    """View `action_log`: the actions that still count, by wave and action id."""
    events = sorted(
        (action.event for action in facts.actions), key=lambda event: (event.wave_id, event.action_id)
    )
    return [
        {
            "action_id": event.action_id,
            "ripple_id": event.ripple_id,
            "wave_id": event.wave_id,
            "user_id": event.actor,
            "bucket": event.bucket,
            "quantity": None if event.quantity is None else event.quantity.normalize(_EXACT),
            "unit": event.unit,
            "note": event.note,
            "at": event.at,
        }
        for event in events
    ]


def _by_user_and_wave(facts: Facts) -> tuple[dict[UserWave, list[LiveAction]], Counter[UserWave]]:
    actions = _grouped(facts.actions, lambda action: (_user(action), action.event.wave_id))
    return actions, Counter((join.user, join.ripple[0]) for join in facts.joins)


def user_waves(facts: Facts) -> list[Row]:
    """View `user_waves`: who has an action that counts, or is joined, in a wave."""
    actions_of, joined = _by_user_and_wave(facts)
    return [
        {
            "user_id": place[0],
            "wave_id": place[1],
            "actions": len(actions_of.get(place, [])),
            "impact": _impact(actions_of.get(place, [])),
            "ripples_joined": joined[place],
            **_times(actions_of.get(place, [])),
        }
        for place in sorted(set(actions_of) | set(joined))
    ]


def user_impact_summaries(facts: Facts) -> list[Row]:
    """View `user_impact_summaries`: the sum of a user's waves."""
    actions_of, joined = _by_user_and_wave(facts)
    by_user = _grouped(facts.actions, _user)
    waves_of = Counter(user for user, _ in set(actions_of) | set(joined))
    joined_of: Counter[str] = Counter()
    for (user, _), ripples in joined.items():
        joined_of[user] += ripples
    return [
        {
            "user_id": user,
            "actions": len(by_user.get(user, [])),
            "impact": _impact(by_user.get(user, [])),
            "ripples_joined": joined_of[user],
            "waves": waves_of[user],
            **_times(by_user.get(user, [])),
            "by_category": _by_category(facts, by_user.get(user, [])),
            "achievements": _achievements(by_user.get(user, [])),
        }
        for user in sorted(waves_of)
    ]


def _by_category(facts: Facts, actions: Iterable[LiveAction]) -> dict[str, Decimal]:
    def category(action: LiveAction) -> str:
        return str(facts.waves.get(action.event.wave_id, {}).get("category") or _NO_CATEGORY)

    return {name: _impact(group) for name, group in sorted(_grouped(actions, category).items())}


def _achievements(actions: Iterable[LiveAction]) -> dict[str, Decimal]:
    quantities: dict[str, list[Decimal]] = defaultdict(list)
    for action in actions:
        if action.event.unit is not None and action.event.quantity is not None:
            quantities[action.event.unit].append(action.event.quantity)
    return {unit: exact_sum(amounts) for unit, amounts in sorted(quantities.items())}


def activity(facts: Facts) -> list[Row]:
    """View `activity`: the hour cells of the actions that count."""

    def cell(action: LiveAction) -> tuple[str, str, str, datetime]:
        hour = action.event.at.replace(minute=0, second=0, microsecond=0)
        return *action.ripple, action.event.bucket, hour

    names = ("wave_id", "ripple_id", "bucket", "hour")
    return [
        {**dict(zip(names, place, strict=True)), "actions": len(actions), "impact": _impact(actions)}
        for place, actions in sorted(_grouped(facts.actions, cell).items())
    ]


def bucket_weights(applied: Iterable[Applied]) -> list[Row]:
    """View `bucket_weights`: the shipped defaults, and the weight that holds for each bucket and hour."""
    places: dict[tuple[str, datetime], Row] = {
        (bucket, DEFAULTS_FROM): {"multiplier": multiplier, "set_by": None, "set_at": None}
        for bucket, multiplier in DEFAULT_WEIGHTS.items()
    }
    for place, event in winners(entry.event for entry in applied if entry.is_copy).items():
        multiplier = event.multiplier.normalize(_EXACT)
        places[place] = {"multiplier": multiplier, "set_by": event.actor, "set_at": event.at}
    return [
        {"bucket": bucket, "effective_from": hour, **places[bucket, hour]} for bucket, hour in sorted(places)
    ]
