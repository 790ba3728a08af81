"""Third pass of the oracle: what is true at the end of the log, from all applied events at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
        return self.event.ripple


@dataclass(frozen=True, slots=True)
class Join:
    """A user who is joined, since the event that made them so: joining once more changes nothing."""

    ripple: Ripple
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted, for ever."""

    waves: frozenset[str]
    ripples: frozenset[Ripple]

    def holds(self, ripple: Ripple) -> bool:
        """Whether the ripple was deleted, by itself or with its wave."""
        return ripple[0] in self.waves or ripple in self.ripples


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true at the end of the log about everything that was not deleted; `gone` tells the rest."""

    standing: Sequence[Event]
    actions: Sequence[LiveAction]
    joins: Sequence[Join]
    boosts: Sequence[Event]
    titles: dict[Ripple, str | None]
    waves: dict[str, Row]
    gone: Gone

    def visible_ripples(self) -> list[Ripple]:
        """The ripples that a list shows, sorted."""
        acted = {action.ripple for action in self.actions}
        joined = {join.ripple for join in self.joins}
        boosted = {boost.ripple for boost in self.boosts}
        return sorted(set(self.titles) | acted | joined | boosted)

    def participants(self) -> dict[Ripple, dict[str, datetime]]:
        """Who acted in a ripple or is joined, by the time of the first that counts."""
        since: dict[Ripple, dict[str, datetime]] = defaultdict(dict)
        for join in self.joins:
            since[join.ripple][join.user] = join.at
        for action in self.actions:
            users, user, at = since[action.ripple], str(action.event.actor), action.event.at
            users[user] = min(at, users.get(user, at))
        return since


def final_facts(applied: Sequence[Applied], partitions: int) -> Facts:
    """What is true at the end, whatever happened on the way."""
    events = [entry for entry in applied if entry.event.is_of_wave]
    gone = Gone(
        frozenset(entry.event.wave_id for entry in events if entry.event.type == "actions.wave_deleted"),
        frozenset(entry.event.ripple for entry in events if entry.event.type == "actions.ripple_deleted"),
    )
    standing = [entry for entry in events if not gone.holds(entry.event.ripple)]
    # A retraction may name a ripple that was deleted since: its action in another ripple stays retracted.
    retracted = {_action(entry.event) for entry in events if entry.event.type == "actions.action_retracted"}
    weights = weights_by_partition(applied, partitions)
    actions = [
        LiveAction(entry.event, weights[entry.partition].weight(entry.event.bucket, entry.event.at))
        for entry in standing
        if entry.event.type == "actions.action_logged" and _action(entry.event) not in retracted
    ]
    return _facts_of_standing([entry.event for entry in standing], actions, gone)


def _action(event: Event) -> tuple[str, str]:
    return event.wave_id, event.action_id


def _facts_of_standing(standing: Sequence[Event], actions: Sequence[LiveAction], gone: Gone) -> Facts:
    titles = {event.ripple: event.title for event in standing if event.type in _ANNOUNCING_RIPPLE}
    boosts = [event for event in standing if event.type == "actions.ripple_boosted"]
    waves = _announced_waves(standing)
    return Facts(standing, actions, _joins(standing), boosts, titles, waves, gone)


def _joins(standing: Iterable[Event]) -> list[Join]:
    since: dict[tuple[Ripple, str], datetime] = {}
    for event in standing:
        member = (event.ripple, str(event.actor))
        if event.type == "actions.ripple_joined":
            since.setdefault(member, event.at)
        elif event.type == "actions.ripple_left":
            since.pop(member, None)
    return [Join(ripple, user, at) for (ripple, user), at in since.items()]


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
