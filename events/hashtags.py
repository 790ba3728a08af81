"""Hashtags: what people write, the form that is shown, and the one normalised form that they count under."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from events.fields import IDENTIFIER_BYTES_MAX, TextRule
from events.rules import NotHot, invalid

HASHTAG_CHARACTERS_MAX = 100
NORMALISED_BYTES_MAX = IDENTIFIER_BYTES_MAX
FORMS_REMEMBERED_MAX = 16_384

_TEXT = TextRule(characters_min=1, characters_max=HASHTAG_CHARACTERS_MAX)


@lru_cache(maxsize=FORMS_REMEMBERED_MAX)
def shown_form(form: str) -> str:
    """A hashtag as it is shown: NFKC, its case kept, no leading `#`, no white space around; may be empty."""
    text = unicodedata.normalize("NFKC", form).strip()
    while text.startswith("#"):
        text = text.lstrip("#").lstrip()
    return text


@lru_cache(maxsize=FORMS_REMEMBERED_MAX)
def normalised(form: str) -> str | None:
    """What a hashtag counts under: its shown form in lower case, NFKC; None where nothing is left of it."""
    # Lower case may take letters apart that NFKC had put together.
    return unicodedata.normalize("NFKC", shown_form(form).lower()) or None


def shown_by_normalised(forms: Iterable[str]) -> dict[str, str]:
    """The shown form by the normalised one, in the order given: of equal ones the first, of empty none."""
    found: dict[str, str] = {}
    for form in forms:
        name = normalised(form)
        if name is not None:
            found.setdefault(name, shown_form(form))
    return found


@dataclass(frozen=True, slots=True)
class HashtagRule:
    """A hashtag as people write it, also without `#`: 1 to 100 characters, at most 300 bytes normalised."""

    def check(self, value: object) -> str:
        text = _TEXT.check(value)
        if (size := _normalised_bytes(text)) > NORMALISED_BYTES_MAX:
            raise invalid(f"must have at most {NORMALISED_BYTES_MAX} bytes of UTF-8 normalised, has {size}")
        return text

    def hot_type(self, inner: Any) -> Any:
        return _TEXT.hot_type(inner)

    def hot_screen(self) -> Callable[[Any], Any]:
        def screen(value: Any) -> Any:
            if not value.isascii() and _normalised_bytes(value) > NORMALISED_BYTES_MAX:
                raise NotHot
            return value

        return screen

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return _TEXT.__get_pydantic_json_schema__(schema, handler)


def _normalised_bytes(form: str) -> int:
    return len((normalised(form) or "").encode())


Hashtag = Annotated[str, HashtagRule()]
"""A hashtag as people write it, such as `#DIY`."""
