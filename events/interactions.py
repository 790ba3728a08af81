"""System 5, interactions: users resonate with entries, amplify, share and branch them.

Topic `groundswell.interactions`. The key is the entry's id in whatever is about one entry; branches have one
key for all, so that one partition orders the whole forest. A toggle flips the actor's state in the order of
the log; adding and removing say how it is from now on.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue import System
from events.envelope import Event, PartialEvent
from events.fields import Identifier, TextRule

TITLE_CHARACTERS_MAX = 300
CHANNEL_CHARACTERS_MAX = 40
BRANCHES_KEY = "branches"
"""The key of the record of every branch."""

Title = Annotated[str, TextRule(characters_max=TITLE_CHARACTERS_MAX)]
Channel = Annotated[str, TextRule(characters_max=CHANNEL_CHARACTERS_MAX)]


class _OfEntry(Event):
    key_field: ClassVar[str] = "entry_id"

    entry_id: Identifier = Field(description="The entry; the key of the record.", examples=["river-poem"])


class _OfActor(_OfEntry):
    needs_actor: ClassVar[bool] = True


class _EntryText(_OfEntry):
    author: Identifier | None = Field(
        default=None, description="The user who wrote it: sees who resonated with it.", examples=["ada"]
    )
    title: Title | None = Field(default=None, description="What people call it.", examples=["River poem"])


class EntryCreated(_EntryText):
    """An entry was announced."""

    type: Literal["interactions.entry_created"] = "interactions.entry_created"
    v: Literal[1] = 1


class EntryChanged(_EntryText, PartialEvent):
    """An entry was changed: what is left out stays as it was, null clears."""

    type: Literal["interactions.entry_changed"] = "interactions.entry_changed"
    v: Literal[1] = 1


class EntryDeleted(_OfEntry):
    """An entry was removed with what users did to it; its branches stay, what comes later is refused."""

    type: Literal["interactions.entry_deleted"] = "interactions.entry_deleted"
    v: Literal[1] = 1


class ResonanceToggled(_OfActor):
    """The actor resonates with the entry if they did not, and no more if they did."""

    type: Literal["interactions.resonance_toggled"] = "interactions.resonance_toggled"
    v: Literal[1] = 1


class ResonanceAdded(_OfActor):
    """The actor resonates with the entry, whether or not they did."""

    type: Literal["interactions.resonance_added"] = "interactions.resonance_added"
    v: Literal[1] = 1


class ResonanceRemoved(_OfActor):
    """The actor does not resonate with the entry, whether or not they did."""

    type: Literal["interactions.resonance_removed"] = "interactions.resonance_removed"
    v: Literal[1] = 1


class AmplificationToggled(_OfActor):
    """The actor amplifies the entry if they did not, and no more if they did."""

    type: Literal["interactions.amplification_toggled"] = "interactions.amplification_toggled"
    v: Literal[1] = 1


class AmplificationAdded(_OfActor):
    """The actor amplifies the entry, whether or not they did."""

    type: Literal["interactions.amplification_added"] = "interactions.amplification_added"
    v: Literal[1] = 1


class AmplificationRemoved(_OfActor):
    """The actor does not amplify the entry, whether or not they did."""

    type: Literal["interactions.amplification_removed"] = "interactions.amplification_removed"
    v: Literal[1] = 1


class EntryBranched(Event):
    """Another entry branched off an entry and is its next branch, for ever.

    Refused where it would close a loop or give the child a second parent.
    """

    key_field: ClassVar[str] = ""
    constant_key: ClassVar[str | None] = BRANCHES_KEY

    type: Literal["interactions.entry_branched"] = "interactions.entry_branched"
    v: Literal[1] = 1
    entry_id: Identifier = Field(description="The entry from which it branched.", examples=["river-poem"])
    child_id: Identifier = Field(description="The entry that is the branch.", examples=["river-song"])
    title: Title | None = Field(
        default=None, description="What people call the branch until it has a title.", examples=["River song"]
    )


class EntryShared(_OfEntry):
    """An entry was shared."""

    type: Literal["interactions.entry_shared"] = "interactions.entry_shared"
    v: Literal[1] = 1
    channel: Channel | None = Field(default=None, description="Where to.", examples=["mail"])


SYSTEM = System(
    name="interactions",
    types=(
        EntryCreated,
        EntryChanged,
        EntryDeleted,
        ResonanceToggled,
        ResonanceAdded,
        ResonanceRemoved,
        AmplificationToggled,
        AmplificationAdded,
        AmplificationRemoved,
        EntryBranched,
        EntryShared,
    ),
)
