"""The kinds of value that an event's fields hold, each with its limits, in one definition for all readers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import NoneType
from typing import Annotated, Any, get_args

import msgspec
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from events.rules import COUNT_MAX, NotHot, invalid, shown

IDENTIFIER_BYTES_MAX = 300
BUCKET_CHARACTERS_MAX = 60
BYTES_PER_CHARACTER_MAX = 4

_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f]*$"


@dataclass(frozen=True, slots=True)
class TextRule:
    """Text of a stated length, without control characters and lone surrogates."""

    characters_max: int
    characters_min: int = 0
    bytes_max: int | None = None

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise invalid(f"must be text, is {shown(value)}")
        if len(value) < self.characters_min:
            raise invalid("must not be empty")
        if len(value) > self.characters_max:
            raise invalid(f"must have at most {self.characters_max} characters, has {len(value)}")
        if found := _FORBIDDEN_CHARACTERS.search(value):
            kind = "lone surrogate" if found[0] >= "\ud800" else "control character"
            place = f"U+{ord(found[0]):04X} at character {found.start() + 1}"
            raise invalid(f"must not hold a {kind}, has {place}")
        if self.bytes_max is not None and (size := len(value.encode())) > self.bytes_max:
            raise invalid(f"must have at most {self.bytes_max} bytes of UTF-8, has {size}")
        return value

    def hot_type(self, inner: Any) -> Any:
        longest = self.characters_max
        if self.bytes_max is not None:
            longest = min(longest, self.bytes_max // BYTES_PER_CHARACTER_MAX)
        return Annotated[str, msgspec.Meta(min_length=self.characters_min, max_length=longest)]

    def hot_screen(self) -> Callable[[Any], Any] | None:
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "maxLength": self.characters_max}
        if self.characters_min:
            found["minLength"] = self.characters_min
        if self.bytes_max is not None:
            found["x-bytes-max"] = self.bytes_max
        return found | {"pattern": _FORBIDDEN_PATTERN}


@dataclass(frozen=True, slots=True)
class WholeNumberRule:
    """A whole number between two limits, both included; written without a point."""

    at_least: int = 0
    at_most: int = COUNT_MAX

    def check(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"must be a whole number without a point, is {shown(value)}")
        if not self.at_least <= value <= self.at_most:
            raise invalid(f"must be from {self.at_least} to {self.at_most}, is {shown(value)}")
        return value

    def hot_type(self, inner: Any) -> Any:
        return Annotated[int, msgspec.Meta(ge=self.at_least, le=self.at_most)]

    def hot_screen(self) -> Callable[[Any], Any] | None:
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.at_least, "maximum": self.at_most}


@dataclass(frozen=True, slots=True)
class FlagRule:
    """True or false."""

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise invalid(f"must be true or false, is {shown(value)}")
        return value

    def hot_type(self, inner: Any) -> Any:
        return bool

    def hot_screen(self) -> Callable[[Any], Any] | None:
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class UniqueItems:
    """A list without repetitions, of a stated length; kept as a tuple."""

    items_max: int
    items_min: int = 1

    def _check(self, value: Any, check_items: core_schema.ValidatorFunctionWrapHandler) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise invalid(f"must be a list, is {shown(value)}")
        if not self.items_min <= len(value) <= self.items_max:
            raise invalid(f"must have {self.items_min} to {self.items_max} entries, has {len(value)}")
        items: tuple[Any, ...] = check_items(tuple(value))
        if len(set(items)) < len(items):
            twice = next(item for item in items if items.count(item) > 1)
            raise invalid(f"must not name an entry twice, names {shown(twice)} {items.count(twice)} times")
        return items

    def hot_type(self, inner: Any) -> Any:
        return Annotated[inner, msgspec.Meta(min_length=self.items_min, max_length=self.items_max)]

    def hot_screen(self) -> Callable[[Any], Any] | None:
        def screen(value: Any) -> Any:
            if len(set(value)) < len(value):
                raise NotHot
            return value

        return screen

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {
            "minItems": self.items_min,
            "maxItems": self.items_max,
            "uniqueItems": True,
        }


@dataclass(frozen=True, slots=True)
class NotNull:
    """On an optional field: it may be left out, and null is not a way to leave it out."""

    def hot_type(self, inner: Any) -> Any:
        choices = [choice for choice in get_args(inner) if choice is not NoneType]
        return reduce(or_, choices)

    def hot_screen(self) -> Callable[[Any], Any] | None:
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        found = handler(source)
        assert found["type"] == "nullable", "NotNull belongs on a type | None"
        inner: CoreSchema = found["schema"]
        return inner


Identifier = Annotated[
    str,
    TextRule(characters_min=1, characters_max=IDENTIFIER_BYTES_MAX, bytes_max=IDENTIFIER_BYTES_MAX),
]
"""1 to 300 bytes of UTF-8, unique within what contains it."""

BucketName = Annotated[
    str,
    TextRule(characters_min=1, characters_max=BUCKET_CHARACTERS_MAX, bytes_max=IDENTIFIER_BYTES_MAX),
]
"""An identifier of at most 60 characters."""

Count = Annotated[int, WholeNumberRule()]
"""A whole number from 0 to 2^63 - 1."""

Flag = Annotated[bool, FlagRule()]
"""True or false."""
