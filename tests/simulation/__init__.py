"""Seeded streams of events, and an oracle that says by itself what the tables must hold after them."""
