"""Waves: created, changed, deleted."""

from msgspec.structs import replace

from events.actions import WaveChanged, WaveCreated, WaveDeleted
from projections.actions.tables import WAVES, Wave
from streams.folding import Change, States, put, refresh
from streams.folds.actions.purging import purge_wave
from streams.folds.actions.standing import live_wave
from streams.rule import Reads, Rule, given


def reads_wave(event: WaveCreated | WaveChanged | WaveDeleted, states: States) -> Reads:
    """The wave alone: its ripples go by chores."""
    return ((WAVES, (event.wave_id,)),)


def created(event: WaveCreated, states: States) -> list[Change]:
    """The wave is as announced; announced again it keeps the time of the first."""
    wave = live_wave(states, event.wave_id)
    announced = replace(
        wave,
        title=event.title,
        allowed_buckets=event.allowed_buckets,
        category=event.category,
        what_we_count=event.what_we_count,
        created_at=wave.created_at or event.at,
        announced=True,
    )
    return stands(wave, announced)


def changed(event: WaveChanged, states: States) -> list[Change]:
    """What the event names is so from now on: the actions so far stay, whatever buckets are allowed now."""
    wave = live_wave(states, event.wave_id)
    announced = replace(
        wave,
        title=given(event.title, wave.title),
        allowed_buckets=given(event.allowed_buckets, wave.allowed_buckets),
        category=given(event.category, wave.category),
        what_we_count=given(event.what_we_count, wave.what_we_count),
        announced=True,
    )
    return stands(wave, announced)


def stands(before: Wave, after: Wave) -> list[Change]:
    """The wave's row; its users' summaries name its category, its ripples in top lists its title."""
    changes = [put(WAVES, after)]
    if after.category != before.category:
        changes.append(refresh("wave", (after.wave_id,)))
    elif after.title != before.title:
        changes.append(refresh("wave_title", (after.wave_id,)))
    return changes


def deleted(event: WaveDeleted, states: States) -> list[Change]:
    """A tombstone for ever, so that what comes later is refused; views hide all of it at once."""
    live_wave(states, event.wave_id)
    return [
        put(WAVES, Wave(event.wave_id, states.partition, deleted=True)),
        refresh("wave", (event.wave_id,)),
        *purge_wave(event.wave_id),
    ]


WAVE_CREATED = Rule(reads_wave, created)
WAVE_CHANGED = Rule(reads_wave, changed)
WAVE_DELETED = Rule(reads_wave, deleted)
