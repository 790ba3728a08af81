"""What of system 5 is in Redis, as its views show it."""

from typing import Final

from tests.simulation.crash_redis import Shown, ShownSystem

_ENTRIES: Final = """
SELECT e.entry_id, e.author, e.title, c.resonance_count::text, c.branch_count::text,
    c.amplification_count::text, c.share_count::text,
    to_char(e.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
    t.heat::text AS heat, k.heat_hour::text AS heat_hour, c.version::text
FROM interactions.entries e
JOIN interactions.interaction_counts c ON c.entry_id = e.entry_id
JOIN interactions.known_entries k ON k.entry_id = e.entry_id
LEFT JOIN interactions.entry_trends t ON t.entry_id = e.entry_id
"""
INTERACTIONS: Final = ShownSystem(
    "interactions", {"entry": Shown(("entry_id",), _ENTRIES)}, {"trending": ("entry", "heat")}
)
"""Every entry, and what trends."""
