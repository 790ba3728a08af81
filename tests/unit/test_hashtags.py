"""Hashtags that people mean alike count as one."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.content import VideoPublished
from events.hashtags import normalised, shown_by_normalised, shown_form
from events.refusals import refusal_of
from events.structs import is_hot


@pytest.mark.parametrize(
    ("written", "form", "name"),
    [
        ("#DIY", "DIY", "diy"),
        ("diy", "diy", "diy"),
        ("ＤＩＹ", "DIY", "diy"),
        ("＃ｄｉｙ", "diy", "diy"),
        ("﹟diy", "diy", "diy"),
        ("##DIY", "DIY", "diy"),
        (" # #diy ", "diy", "diy"),
        ("\u00a0\u3000diy\u2028", "diy", "diy"),
        ("do it yourself", "do it yourself", "do it yourself"),
        ("c#", "c#", "c#"),
        ("Cafe\u0301", "Café", "café"),
        ("\u212bngström", "Ångström", "ångström"),
        ("STRASSE", "STRASSE", "strasse"),
        ("Straße", "Straße", "straße"),
        ("İstanbul", "İstanbul", "i\u0307stanbul"),
        ("ΟΔΟΣ", "ΟΔΟΣ", "οδος"),
        ("😀", "😀", "😀"),
        ("#", "", None),
        (" ## # ", "", None),
        ("\u00a0", "", None),
    ],
)
def test_a_hashtag_has_a_form_to_show_and_one_to_count_under(
    written: str, form: str, name: str | None
) -> None:
    assert shown_form(written) == form
    assert normalised(written) == name


UNASSIGNED = {"Cn", "Co", "Cs"}


def test_every_character_is_normalised_to_what_stays_as_it_is() -> None:
    characters = (chr(code) for code in range(sys.maxunicode + 1))
    names = {normalised(found) for found in characters if unicodedata.category(found) not in UNASSIGNED}
    assert {name for name in names if name is not None and normalised(name) != name} == set()


@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("# ＃\u0345İΣ\u0300")), max_size=8))
def test_the_form_and_the_name_say_the_same_when_they_are_normalised_again(written: str) -> None:
    form, name = shown_form(written), normalised(written)
    assert shown_form(form) == form
    assert normalised(form) == name
    assert name is None or not name.startswith(("#", " "))


def test_of_equal_ones_the_first_form_stays_and_empty_ones_are_left_out() -> None:
    assert shown_by_normalised(["#Lamp", "DIY", "#", "lamp", "＃diy", "a"]) == {
        "lamp": "Lamp",
        "diy": "DIY",
        "a": "a",
    }
    assert list(shown_by_normalised(["b", "a", "B"])) == ["b", "a"]
    assert shown_by_normalised([]) == {}


def published(*hashtags: str) -> VideoPublished:
    return VideoPublished.model_validate(VideoPublished.example() | {"hashtags": hashtags})


@pytest.mark.parametrize("written", ["#", "a" * 100, "日" * 100, "\ufdfa" * 9, "#" * 100])
def test_a_hashtag_is_kept_as_it_was_written(written: str) -> None:
    assert published(written).hashtags == (written,)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "must not be empty"),
        ("a" * 101, "must have at most 100 characters, has 101"),
        ("a\nb", "must not hold a control character, has U+000A at character 2"),
        ("\ud800", "must not hold a lone surrogate, has U+D800 at character 1"),
        ("\ufdfa" * 10, "must have at most 300 bytes of UTF-8 normalised, has 330"),
        ("😀" * 76, "must have at most 300 bytes of UTF-8 normalised, has 304"),
    ],
)
def test_a_hashtag_is_refused_with_the_rule_and_the_value(written: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        published("b", written)
    refusal = refusal_of(caught.value)
    assert (refusal.field, refusal.reason) == ("hashtags.1", reason)


def test_a_type_with_hashtags_takes_the_fast_way() -> None:
    assert is_hot(VideoPublished)
