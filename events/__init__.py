"""What happened: the typed events of each system, their topics and the way into the log.

`from events import Publisher` and `from events.actions import ActionLogged` are all a producer needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from events.publisher import Position, Publisher

__all__ = ["Position", "Publisher"]


def __getattr__(name: str) -> Any:
    # Kafka's client takes a fifth of a second to import, which commands that send nothing need not spend.
    if name in __all__:
        from events import publisher

        return getattr(publisher, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
