"""Structs for the hot loop, derived by code from the events' models: same fields, same values, less cost.

A struct has its model's fields as attributes, and as class attributes `type`, `system`, `reference` and
`decision`; `key` is the record's key. In a partial event a field left out is `UNSET`, which is false; null
is None.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events.envelope import ActorType, Event
from events.rules import NotHot, Rule

Screen = Callable[[Any], Any]


class EventStruct(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An event as the engine sees it. `struct_of(model)` gives the class of one type."""

    if TYPE_CHECKING:
        id: UUID
        v: int
        at: datetime
        actor: str | None
        actor_type: ActorType
        session: str | None
        type: ClassVar[str]
        system: ClassVar[str]
        reference: ClassVar[bool]
        decision: ClassVar[bool]
        partial: ClassVar[bool]
        screens: ClassVar[tuple[tuple[str, Screen], ...]]
        key: str

        def __getattr__(self, name: str) -> Any: ...

    @property
    def itself(self) -> EventStruct:
        """The event: what a screen over several fields looks at."""
        return self


@cache
def struct_of(model: type[Event]) -> type[EventStruct]:
    """The struct class of an event type; always the same one."""
    hot = is_hot(model)
    fields: list[Any] = []
    screens: list[tuple[str, Screen]] = []
    for name, declared in _declared(model).items():
        field = model.model_fields[name]
        required = field.is_required() or name == "v" or (name == "actor" and model.needs_actor)
        kind = _hot_type(declared, required) if hot else Any
        if required:
            fields.append((name, kind))
        elif model.partial and name not in Event.model_fields:
            fields.append((name, kind if kind is Any else kind | UnsetType, UNSET))
        else:
            fields.append((name, kind, field.default))
        # The codec itself looks at `at`, which every event has.
        if hot and name != "at" and (screen := _screen(declared)):
            screens.append((name, screen))
    if hot and model.needs_a_field:
        screens.append(("itself", _screen_of_a_field(model)))
    return _define(model, fields, tuple(screens))


@cache
def is_hot(model: type[Event]) -> bool:
    """Whether the fast decoder may read a type: no validators of its own, and only rules with a hot type."""
    own = model.__pydantic_decorators__
    inherited = Event.__pydantic_decorators__
    for kind in ("model_validators", "field_validators"):
        if getattr(own, kind).keys() != getattr(inherited, kind).keys():
            return False
    try:
        for declared in _declared(model).values():
            _hot_type(declared, required=False)
            _screen(declared)
    except NotHot:
        return False
    return True


def _declared(model: type[Event]) -> dict[str, Any]:
    """The types of a model's fields with their rules; without `type`, which is the struct's tag."""
    return {
        name: Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        for name, field in model.model_fields.items()
        if name != "type"
    }


def struct_from(event: Event) -> EventStruct:
    """A model's event as a struct: the same values."""
    struct = struct_of(type(event))
    given = event.model_fields_set if event.partial else type(event).model_fields.keys()
    names = (name for name in type(event).model_fields if name in given or name in Event.model_fields)
    return struct(**{name: getattr(event, name) for name in names if name != "type"})


def _define(
    model: type[Event], fields: list[Any], screens: tuple[tuple[str, Screen], ...]
) -> type[EventStruct]:
    declared = {
        "type": model.type_name(),
        "system": model.system_name(),
        "reference": model.reference,
        "decision": model.decision,
        "partial": model.partial,
        "screens": screens,
        "__module__": __name__,
        "__doc__": model.__doc__,
    }
    defined = msgspec.defstruct(
        model.__name__,
        fields,
        bases=(EventStruct,),
        namespace=declared,
        tag_field="type",
        tag=model.type_name(),
        forbid_unknown_fields=True,
        frozen=True,
        gc=False,
        kw_only=True,
        omit_defaults=True,
    )
    # The same descriptor under a second name: reading the key costs as much as reading the field.
    defined.key = model.constant_key or defined.__dict__[model.key_field]  # type: ignore[attr-defined]
    return cast("type[EventStruct]", defined)


def _hot_type(declared: Any, required: bool) -> Any:
    origin = get_origin(declared)
    if origin is Annotated:
        inner, *metadata = get_args(declared)
        rules = [rule for rule in metadata if isinstance(rule, Rule)]
        if len(rules) != len(metadata) or not rules:
            raise NotHot
        hot: Any = inner if get_origin(inner) is None else _hot_type(inner, required)
        for rule in rules:
            hot = rule.hot_type(hot)
        return hot
    if origin in (Union, types.UnionType):
        choices = [choice for choice in get_args(declared) if not (required and choice is types.NoneType)]
        return reduce(
            or_, (None if choice is types.NoneType else _hot_type(choice, required) for choice in choices)
        )
    if _is_list(declared):
        return types.GenericAlias(tuple, (_hot_type(get_args(declared)[0], required=True), ...))
    if origin is Literal:
        return declared
    raise NotHot


def _screen(declared: Any) -> Screen | None:
    """What a fast decoded value goes through; at most one rule of a value has one, and one of its items."""
    if get_origin(declared) is Annotated:
        inner, *metadata = get_args(declared)
        found = [screen for rule in metadata if isinstance(rule, Rule) and (screen := rule.hot_screen())]
        if nested := _screen(inner):
            if _is_list(inner) and len(found) == 1:
                return _one_after_the_other(nested, found[0])
            found.append(nested)
    elif _is_list(declared):
        screen_item = _screen(get_args(declared)[0])
        found = [_screen_of_each(screen_item)] if screen_item else []
    elif get_origin(declared) in (Union, types.UnionType):
        found = [screen for choice in get_args(declared) if (screen := _screen(choice))]
    else:
        return None
    if len(found) > 1:
        raise NotHot
    return found[0] if found else None


def _is_list(declared: Any) -> bool:
    return get_origin(declared) is tuple and get_args(declared)[1:] == (...,)


def _screen_of_each(screen_item: Screen) -> Screen:
    return lambda values: tuple(map(screen_item, values))


def _one_after_the_other(first: Screen, second: Screen) -> Screen:
    return lambda value: second(first(value))


def _screen_of_a_field(model: type[Event]) -> Screen:
    """Turns away an event that gives none of its optional fields; one that gives null for a default, too."""
    optional = [
        (name, UNSET if model.partial else model.model_fields[name].default)
        for name in model.optional_fields()
    ]

    def screen(event: EventStruct) -> EventStruct:
        for name, left_out in optional:
            if getattr(event, name) is not left_out:
                return event
        raise NotHot

    return screen
