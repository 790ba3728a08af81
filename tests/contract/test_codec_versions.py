"""Older versions of a type are read as the present one; newer ones are refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from events.catalogue import Catalogue, System
from events.codec import Codec, encode
from events.decimals import Quantity
from events.envelope import Event
from events.fields import Identifier
from events.refusals import Refused
from events.structs import EventStruct, is_hot


def _named_sample(old: dict[str, Any]) -> dict[str, Any]:
    """Version 1 called the sample `name`."""
    rest = {name: value for name, value in old.items() if name != "name"}
    return {**rest, "sample_id": old["name"]}


def _grams(old: dict[str, Any]) -> dict[str, Any]:
    """Version 2 gave the weight in kilograms."""
    rest = {name: value for name, value in old.items() if name != "kilograms"}
    return {**rest, "grams": old["kilograms"] * 1000}


class SampleWeighed(Event):
    """A sample was weighed."""

    key_field: ClassVar[str] = "sample_id"
    upcasts: ClassVar[dict[int, Any]] = {1: _named_sample, 2: _grams}

    type: Literal["laboratory.sample_weighed"] = "laboratory.sample_weighed"
    v: Literal[3] = 3
    sample_id: Identifier = Field(description="The sample.", examples=["s-1"])
    grams: Quantity = Field(description="Its weight.", examples=[2500])


CODEC = Codec(Catalogue([System("laboratory", (SampleWeighed,))]), "laboratory")
ENVELOPE = {name: SampleWeighed.example()[name] for name in ("id", "type", "at")}


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 1, "name": "s-1", "kilograms": 2.5},
        {"v": 2, "sample_id": "s-1", "kilograms": 2.5},
        {"v": 3, "sample_id": "s-1", "grams": 2500},
    ],
)
def test_every_version_gives_the_same_event(fields: dict[str, Any]) -> None:
    found = CODEC.decode(json.dumps(ENVELOPE | fields).encode())
    assert isinstance(found, EventStruct)
    assert (found.v, found.key, found.grams) == (3, "s-1", Decimal(2500))
    assert json.loads(encode(found))["v"] == 3


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"v": 4, "sample_id": "s-1", "grams": 2500}, "newer_version", "v"),
        ({"v": 1, "kilograms": 2.5}, "invalid_field", "v"),
        ({"v": 2, "sample_id": "s-1", "kilograms": "2.5"}, "invalid_field", "grams"),
        ({"v": 1, "name": "s-1", "kilograms": 2.5, "colour": "red"}, "unknown_field", "colour"),
        ({"v": 3, "name": "s-1", "kilograms": 2.5}, "missing_field", "sample_id"),
    ],
)
def test_what_fits_no_version_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    found = CODEC.decode(json.dumps(ENVELOPE | fields).encode())
    assert isinstance(found, Refused)
    assert (found.code, found.field) == (code, field)


def test_the_present_version_takes_the_fast_way() -> None:
    assert is_hot(SampleWeighed)


def test_every_older_version_needs_an_upcast() -> None:
    class SampleTaken(Event):
        """A sample was taken."""

        key_field: ClassVar[str] = "sample_id"

        type: Literal["laboratory.sample_taken"] = "laboratory.sample_taken"
        v: Literal[2] = 2
        sample_id: Identifier = Field(description="The sample.", examples=["s-1"])

    with pytest.raises(AssertionError, match=r"upcasts must be from \[1\]"):
        System("laboratory", (SampleTaken,))
