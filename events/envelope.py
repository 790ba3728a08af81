"""The envelope: what every event carries, and what an event's class declares about itself.

One class is the one definition of an event type: the catalogue, the codec, the JSON Schema, the examples and
the fast decoder's structs all come from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from events.fields import Identifier
from events.instants import Clock, EventId, Instant, system_clock
from events.refusals import InvalidEvent, refusal_of

ActorType = Literal["user", "student", "creator", "admin", "system"]
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""From the fields of one version, as JSON gives them, to those of the next; the codec sets `v` itself."""

# What a field of the envelope must be given in JSON although Python fills it in.
GIVEN_IN_JSON = ("id", "type", "v", "at")


def new_event_id() -> UUID:
    """A UUID of version 7: unique, and ordered by the time of its making."""
    from uuid_utils.compat import uuid7

    return uuid7()


class Event(BaseModel):
    """Something that happened: a fact in the past tense, immutable, flat in one JSON object.

    A subclass states `type` and `v` as literals with a default, `key_field`, its own fields with description
    and examples, and says in its docstring what happened.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", ser_json_inf_nan="strings")

    key_field: ClassVar[str]
    """The field whose value is the record's key: events of one key keep their order."""
    constant_key: ClassVar[str | None] = None
    """The key of every record of the type, where no field gives it: one partition orders them all."""
    decision: ClassVar[bool] = False
    """Whether the engine alone makes it; see `events.decisions`."""
    reference: ClassVar[bool] = False
    """Whether every partition must know of it, so that the engine sends a copy to each."""
    needs_actor: ClassVar[bool] = False
    """Whether it makes no sense without somebody who did it."""
    needs_a_field: ClassVar[bool] = False
    """Whether it makes no sense without any of the optional fields of its own."""
    partial: ClassVar[bool] = False
    """Whether it names only what changed; see PartialEvent."""
    upcasts: ClassVar[Mapping[int, Upcast]] = {}
    """By older version: what makes the fields of the next version of them."""

    id: EventId = Field(
        description="Identity of the event, made by its producer. The same id twice counts once.",
        examples=["01938f7e-5c00-7a3b-9d2e-4f5061728394"],
    )
    type: str = Field(description="What happened: `system.what_happened`.")
    v: int = Field(description="Version of the type's fields, from 1.")
    at: Instant = Field(
        description="When it happened: RFC 3339 with a zone, from the year 2000, at most 5 minutes ahead of "
        "when it reaches the log.",
        examples=["2026-11-21T10:00:00Z"],
    )
    actor: Identifier | None = Field(
        default=None,
        validate_default=True,
        description="Who did it; left out where it was nobody in particular.",
        examples=["user-42"],
    )
    actor_type: ActorType = Field(default="user", description="What kind of actor did it.", examples=["user"])
    session: Identifier | None = Field(
        default=None, description="The actor's session, where one is known.", examples=["session-7"]
    )

    @field_validator("actor")
    @classmethod
    def _actor_is_given_where_needed(cls, actor: str | None) -> str | None:
        if actor is None and cls.needs_actor:
            raise PydanticCustomError("actor_missing", "must say who did it: {type} needs an actor",
                                      {"type": cls.type_name()})  # fmt: skip
        return actor

    @model_validator(mode="after")
    def _a_field_is_given_where_one_is_needed(self) -> Self:
        if self.needs_a_field and self.model_fields_set.isdisjoint(optional := self.optional_fields()):
            raise PydanticCustomError(
                "nothing_given",
                "says nothing: give at least one of {names}",
                {"field": "event", "names": ", ".join(optional)},
            )
        return self

    @classmethod
    def new(cls, *, at: datetime | None = None, clock: Clock = system_clock, **fields: Any) -> Self:
        """An event that is happening: now by `clock` unless `at` says when, and with a new `id` unless given.

        Raises InvalidEvent with the field and the reason.
        """
        given = {"id": new_event_id(), "at": at or clock(), **fields}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise InvalidEvent(refusal_of(error), type_name=cls.type_name()) from None

    @property
    def key(self) -> str:
        """The record's key in the log: it decides the partition."""
        key: str = self.constant_key or getattr(self, self.key_field)
        return key

    @classmethod
    def type_name(cls) -> str:
        """`system.what_happened`."""
        return str(cls.model_fields["type"].default)

    @classmethod
    def key_description(cls) -> str:
        """The field that is the record's key, or the key itself in quotes where it is always the same."""
        return cls.key_field or repr(cls.constant_key)

    @classmethod
    def version(cls) -> int:
        """The version of the fields that this class describes."""
        return int(cls.model_fields["v"].default)

    @classmethod
    def system_name(cls) -> str:
        """The system to which the type belongs."""
        return cls.type_name().partition(".")[0]

    @classmethod
    def optional_fields(cls) -> list[str]:
        """The optional fields of its own: those of which an event that `needs_a_field` gives at least one."""
        return [
            name
            for name, field in cls.model_fields.items()
            if not field.is_required() and name not in Event.model_fields
        ]

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A complete event of this type as JSON has it, made of the first example of each field."""
        return {
            name: field.examples[0] if field.examples else field.default
            for name, field in cls.model_fields.items()
        }


class PartialEvent(Event):
    """Something was changed in part: a field left out stays as it was, null clears it."""

    needs_a_field: ClassVar[bool] = True
    partial: ClassVar[bool] = True
