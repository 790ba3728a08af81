"""Third pass of the oracle: what is true at the end of the log, from all applied events at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.simulation.oracle_reading import Event
from tests.simulation.oracle_verdicts import Applied
from tests.simulation.oracle_weights import weights_by_partition

Row = dict[str, object]
Ripple = tuple[str, str]
_WAVE_DETAILS = ("title", "allowed_buckets", "category", "what_we_count")
_ANNOUNCING_WAVE = ("actions.wave_created", "actions.wave_changed")
_ANNOUNCING_RIPPLE = ("actions.ripple_created", "actions.ripple_changed")


@dataclass(frozen=True, slots=True)
class LiveAction:
    """An action that still counts, with what it weighs."""

    event: Event
    impact: Decimal

    @property
    def ripple(self) -> Ripple:
        """The ripple it counts in, with its wave."""
        return self.event.wave_id, self.event.ripple_id


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true at the end of the log about everything that was not deleted."""

    standing: Sequence[Event]
    actions: Sequence[LiveAction]
    joined: Sequence[tuple[Ripple, str]]
    titles: dict[Ripple, str | None]
    points: Counter[Ripple]
    waves: dict[str, Row]

    def visible_ripples(self) -> list[Ripple]:
        """The ripples that a list shows, sorted."""
        acted = {action.ripple for action in self.actions}
        joined = {ripple for ripple, _ in self.joined}
        return sorted(set(self.titles) | acted | joined | set(self.points))


def final_facts(applied: Sequence[Applied], partitions: int) -> Facts:
    """What is true at the end, whatever happened on the way."""
    events = [entry for entry in applied if not entry.event.is_reference]
    gone_waves = {entry.event.wave_id for entry in events if entry.event.type == "actions.wave_deleted"}
    gone_ripples = {_ripple(entry.event) for entry in events if entry.event.type == "actions.ripple_deleted"}
    standing = [
        entry
        for entry in events
        if entry.event.wave_id not in gone_waves and _ripple(entry.event) not in gone_ripples
    ]
    # A retraction may name a ripple that was deleted since: its action in another ripple stays retracted.
    retracted = {_action(entry.event) for entry in events if entry.event.type == "actions.action_retracted"}
    weights = weights_by_partition(applied, partitions)
    actions = [
        LiveAction(entry.event, weights[entry.partition].weight(entry.event.bucket, entry.event.at))
        for entry in standing
        if entry.event.type == "actions.action_logged" and _action(entry.event) not in retracted
    ]
    return _facts_of_standing([entry.event for entry in standing], actions)


def _ripple(event: Event) -> Ripple:
    return event.wave_id, event.ripple_id


def _action(event: Event) -> tuple[str, str]:
    return event.wave_id, event.action_id


def _facts_of_standing(standing: Sequence[Event], actions: Sequence[LiveAction]) -> Facts:
    titles: dict[Ripple, str | None] = {}
    membership: dict[tuple[Ripple, str], bool] = {}
    points: Counter[Ripple] = Counter()
    for event in standing:
        ripple = _ripple(event)
        if event.type in _ANNOUNCING_RIPPLE:
            titles[ripple] = event.title
        elif event.type == "actions.ripple_boosted":
            points[ripple] += event.points
        elif event.type in ("actions.ripple_joined", "actions.ripple_left"):
            membership[ripple, str(event.actor)] = event.type == "actions.ripple_joined"
    joined = [member for member, is_joined in membership.items() if is_joined]
    return Facts(standing, actions, joined, titles, points, _announced_waves(standing))


def _announced_waves(standing: Iterable[Event]) -> dict[str, Row]:
    waves: dict[str, Row] = {}
    for event in standing:
        if event.type not in _ANNOUNCING_WAVE:
            continue
        wave = waves.setdefault(event.wave_id, dict.fromkeys((*_WAVE_DETAILS, "created_at")))
        is_created = event.type == "actions.wave_created"
        for name in _WAVE_DETAILS:
            if is_created or name in event.given:
                wave[name] = getattr(event, name)
        if is_created and wave["created_at"] is None:
            wave["created_at"] = event.at
    return waves
