"""The wave and the ripple that most rules begin with."""

from msgspec.structs import replace

from projections.actions.tables import RIPPLES, WAVES, Ripple, Wave
from streams.folding import WHOLE, Change, Refused, States


def live_wave(states: States, wave_id: str) -> Wave:
    """The wave, or a stub when nothing was heard of it yet. Raises Refused when it was removed."""
    wave = states.get(WAVES, (wave_id,))
    if wave is None:
        return Wave(wave_id, states.partition)
    if wave.deleted:
        raise Refused("removed", f"wave {wave_id!r} was removed")
    return wave


def live_ripple(states: States, wave_id: str, ripple_id: str) -> Ripple:
    """The ripple of a live wave, or a stub. Raises Refused when it was removed."""
    ripple = states.get(RIPPLES, (wave_id, ripple_id))
    if ripple is None:
        return Ripple(wave_id, ripple_id)
    if ripple.deleted:
        raise Refused("removed", f"ripple {ripple_id!r} of wave {wave_id!r} was removed")
    return ripple


def seen(ripple: Ripple) -> Ripple:
    """The ripple after one more event that names it, whatever else the event changes."""
    return replace(ripple, version=ripple.version + 1)


def ripple_stands(
    wave: Wave, before: Ripple, after: Ripple, *, actions: int = 0, impact_micros: int = 0
) -> list[Change]:
    """The ripple's row, and the wave's with what the ripple brings to it or takes from it."""
    changes: list[Change] = [(RIPPLES, (after.wave_id, after.ripple_id), WHOLE, after)]
    ripples = after.visible - before.visible
    if ripples or actions or impact_micros:
        counted = replace(
            wave,
            ripples=wave.ripples + ripples,
            actions=wave.actions + actions,
            impact_micros=wave.impact_micros + impact_micros,
        )
        changes.append((WAVES, (wave.wave_id,), WHOLE, counted))
    return changes
