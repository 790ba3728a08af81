"""Events as bytes: compact JSON in UTF-8.

Decoding has two ways that give the same. The fast one reads straight into structs and takes only what it
can be sure of; everything else goes to the models, which alone decide. A fuzzed contract test holds them
together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from typing import Any, NoReturn, Union

import msgspec
from msgspec import UNSET

from events.catalogue import Catalogue, default_catalogue
from events.envelope import Event
from events.instants import EARLIEST, LATEST, InstantRule
from events.refusals import Broken, InvalidEvent, Refused
from events.rules import NotHot, shown
from events.structs import EventStruct, Screen, is_hot, struct_from, struct_of

EVENT_BYTES_MAX = 65_536

_BACKSLASH = ord("\\")
_DELETE = 0x7F
# Escapes of control characters and surrogates. A match may be a false alarm (an escaped backslash before an
# n): then the model decides, more slowly.
_DOUBTFUL_ESCAPE = re.compile(rb"\\(?:[bfnrt]|u00[0189]|u007[fF]|u[dD][89a-fA-F])")
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_WHOLE_NUMBER_CHARACTERS_MAX = 40

_screen_at = InstantRule().hot_screen()
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=dict)


def encode(event: Event | EventStruct) -> bytes:
    """An event as compact JSON in UTF-8, at most 64 KiB; optional fields that say nothing are left out.

    Raises InvalidEvent when it is larger, or when a model that skipped its own validation holds what it must
    not.
    """
    struct = struct_from(event) if isinstance(event, Event) else event
    try:
        value = _encoder.encode(struct)
    except (UnicodeEncodeError, TypeError, ValueError) as error:
        reason = f"cannot be written as JSON: {error}; make events by validation, not by model_construct"
        raise InvalidEvent(Refused("invalid_field", "event", reason), type_name=struct.type) from None
    if len(value) > EVENT_BYTES_MAX:
        raise InvalidEvent(too_large(len(value)), type_name=struct.type)
    return value


class Codec:
    """Decodes the events of one system, or of all systems of a catalogue when none is named."""

    def __init__(self, catalogue: Catalogue | None = None, system: str | None = None) -> None:
        self.catalogue = catalogue or default_catalogue()
        self._system = system
        models = self.catalogue.systems[system].types if system else tuple(self.catalogue)
        # A union of at least two, so that the decoder always asks for the tag.
        hot = (_Nothing, _NothingElse, *(struct_of(model) for model in models if is_hot(model)))
        self._decode_hot = msgspec.json.Decoder(Union[hot], float_hook=Decimal).decode  # noqa: UP007 - computed

    def decode(self, value: bytes | None) -> EventStruct | Broken | Refused:
        """The event in a record's value, or why there is none."""
        return self.decode_many((value,))[0]

    def decode_many(self, values: Iterable[bytes | None]) -> list[EventStruct | Broken | Refused]:
        """The same for each of many values, in their order."""
        outcomes: list[EventStruct | Broken | Refused] = []
        append = outcomes.append
        decode_hot = self._decode_hot
        # One loop without calls of our own: each costs a tenth of the whole at a million events a second.
        for value in values:
            if (
                value
                and len(value) <= EVENT_BYTES_MAX
                and (value.isascii() or not _C1_CONTROL.search(value))
                and _DELETE not in value
                and (_BACKSLASH not in value or not _DOUBTFUL_ESCAPE.search(value))
            ):
                try:
                    event: Any = decode_hot(value)
                    at = event.at
                    if at.tzinfo is not UTC or not EARLIEST <= at < LATEST:
                        _settle(event, "at", at, _screen_at)
                    for name, screen in event.screens:
                        found = getattr(event, name)
                        if found is not None and found is not UNSET:
                            _settle(event, name, found, screen)
                    append(event)
                    continue
                except _NOT_TAKEN:
                    pass
            append(self._decode_cold(value))
        return outcomes

    def _decode_cold(self, value: bytes | None) -> EventStruct | Broken | Refused:
        document = parse(value)
        if isinstance(document, Broken):
            return document
        event = self.catalogue.read(document, self._system)
        return struct_from(event) if isinstance(event, Event) else event


def parse(value: bytes | None) -> dict[str, Any] | Broken:
    """The JSON object in a record's value, numbers with a point as Decimal; or why it cannot be read.

    Where an object names a field twice, the last one counts, as in most readers of JSON.
    """
    if not value:
        return Broken("empty", "the value is empty")
    if len(value) > EVENT_BYTES_MAX:
        return too_large(len(value))
    try:
        text = str(value, "utf-8")
    except UnicodeDecodeError as error:
        return Broken("not_utf8", f"not UTF-8: {error.reason} at byte {error.start + 1}")
    try:
        document = _json.decode(text)
    except RecursionError:
        return Broken("not_json", "not an event: nested too deeply")
    except json.JSONDecodeError as error:
        return Broken("not_json", f"not JSON: {error.msg} at character {error.pos + 1}")
    except ArithmeticError:
        return Broken("not_json", "not an event: a number's exponent is beyond all limits")
    except ValueError as error:
        return Broken("not_json", f"not JSON: {error}")
    if not isinstance(document, dict):
        return Broken("not_an_object", f"not a JSON object: {shown(document)}")
    return document


def too_large(size: int) -> Broken:
    """Why a value of `size` bytes is not an event."""
    return Broken("too_large", f"{size} bytes are more than the {EVENT_BYTES_MAX} that an event may have")


class _Nothing(msgspec.Struct, tag_field="type", tag=""):
    """Matches no event; see Codec."""


class _NothingElse(msgspec.Struct, tag_field="type", tag="\0"):
    """Matches no event either."""


_NOT_TAKEN = (
    NotHot,
    AttributeError,  # of the two classes above
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    ArithmeticError,  # of Decimal, for exponents past its own
)


def _settle(event: EventStruct, name: str, found: Any, screen: Screen) -> None:
    """Put a field's fast decoded value through its screen; NotHot when the model has to decide."""
    settled = screen(found)
    if settled is not found:
        # Nobody else has seen the struct yet.
        msgspec.structs.force_setattr(event, name, settled)


def _whole_number(text: str) -> int | Decimal:
    # int() of a long text takes time by the square of its length; no field takes such a number anyway.
    return int(text) if len(text) <= _WHOLE_NUMBER_CHARACTERS_MAX else Decimal(text)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


_json = json.JSONDecoder(parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_constant)
