"""How far back a reconciliation looks at what changed; apart from the events, so that commands start fast."""

from typing import Final

DAYS_USUAL: Final = 7
"""Every night, and unless a command says otherwise."""
DAYS_MAX: Final = 36_500
