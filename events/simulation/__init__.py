"""Simulated events of each system, from a seed: the same arguments give the same events, without any clock.

A module that declares a `SIMULATION` simulates a system: its `stream(world, seed)` gives events as plain
dicts, ready for JSON. `events.simulation.catalogue` finds them.
"""
