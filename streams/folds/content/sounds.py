"""Sounds: registered, changed."""

from typing import Final

from msgspec.structs import replace

from events.content import SoundChanged, SoundRegistered
from projections.content.rows import Sound
from projections.content.searching import searched
from projections.content.tables import SOUNDS
from streams.folding import Change, States, put
from streams.rule import Reads, Rule, Take, given, stated


def reads_sound(event: SoundRegistered | SoundChanged, states: States) -> Reads:
    """The sound."""
    return ((SOUNDS, (event.sound_id,)),)


def registered(event: SoundRegistered, states: States) -> list[Change]:
    """The sound stands as announced."""
    return described(event, states, stated)


def changed(event: SoundChanged, states: States) -> list[Change]:
    """What the event names is so from now on."""
    return described(event, states, given)


def described(event: SoundRegistered | SoundChanged, states: States, take: Take) -> list[Change]:
    """What is known of the sound from now on."""
    sound = states.get(SOUNDS, (event.sound_id,)) or Sound(event.sound_id)
    after = replace(
        sound,
        title=take(event.title, sound.title),
        author=take(event.author, sound.author),
        duration_seconds=take(event.duration_seconds, sound.duration_seconds),
        cover_url=take(event.cover_url, sound.cover_url),
    )
    return [put(SOUNDS, replace(after, search=searched(after.title, after.author)))]


SOUND_REGISTERED: Final = Rule(reads_sound, registered)
SOUND_CHANGED: Final = Rule(reads_sound, changed)
