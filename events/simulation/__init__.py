"""Simulated events of each system, from a seed: the same arguments give the same events, without any clock.

`stream(world, seed)` of `events.simulation.content` and of `events.simulation.actions` gives them as plain
dicts, ready for JSON.
"""
