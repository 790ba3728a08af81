"""Hashtags for the oracle of system 2: how people write them, and when two of them are the same."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from tests.simulation import oracle_fields as fields

HASHTAG_CHARACTERS_MAX: Final = 100
HASHTAG_BYTES_MAX: Final = 300


def shown_form(written: str) -> str:
    """As its producer wrote it, without marks and white space around it."""
    text = unicodedata.normalize("NFKC", written).strip()
    while text.startswith("#"):
        text = text[1:].strip()
    return text


def normalised(written: str) -> str:
    """What is compared; empty when nothing is left."""
    return unicodedata.normalize("NFKC", shown_form(written).lower())


def forms_by_hashtag(written: Iterable[str]) -> dict[str, str]:
    """Each different hashtag once, in order, with the first of its forms."""
    forms: dict[str, str] = {}
    for entry in written:
        if hashtag := normalised(entry):
            forms.setdefault(hashtag, shown_form(entry))
    return forms


def hashtag(value: object) -> str:
    """The check of one entry: 1 to 100 characters, and not too long once normalised."""
    checked = fields.text(value, 1, HASHTAG_CHARACTERS_MAX)
    if len(normalised(checked).encode()) > HASHTAG_BYTES_MAX:
        raise fields.FieldRefused(f"has more than {HASHTAG_BYTES_MAX} bytes once normalised: {checked!r:.80}")
    return checked
