"""How many places a topic may have: apart, because commands take it without loading the events."""

CAPACITY_MAX = 1_000_000
