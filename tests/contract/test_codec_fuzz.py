"""The fast decoder accepts nothing that the models refuse, and what it accepts has the models' values."""

from __future__ import annotations

import json
from datetime import UTC
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import default_catalogue
from events.codec import EVENT_BYTES_MAX, Codec, encode, parse
from events.envelope import Event
from events.refusals import Broken, Refused
from events.structs import EventStruct, struct_from
from tests.contract.faulty_json import FRAGMENTS, LONG_TEXTS, NUMBERS, RAW_TEXTS, quoted

CATALOGUE = default_catalogue()
CODECS = {system: Codec(CATALOGUE, system) for system in (None, *CATALOGUE.systems)}
MODELS = list(CATALOGUE)


def by_the_model_alone(value: bytes, system: str | None) -> EventStruct | Broken | Refused:
    """The reference: JSON from the standard library, then the model."""
    document = parse(value)
    if isinstance(document, Broken):
        return document
    event = CATALOGUE.read(document, system)
    return struct_from(event) if isinstance(event, Event) else event


characters = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from('a"\\/é日😀\x7f\x00\x1f\x80\x9f\xa0\u2028'),
)
texts = st.one_of(st.text(characters, max_size=12), st.sampled_from(LONG_TEXTS))
written_texts = st.builds(quoted, texts, escape=st.booleans())
raw_texts = st.sampled_from(RAW_TEXTS)
numbers = st.one_of(
    st.integers(-(2**65), 2**65).map(str),
    st.integers(0, 1001).map(str),
    st.decimals(0, 10**13, places=7, allow_nan=False).map(lambda number: f"{number:f}"),
    st.decimals(0, 100, places=2, allow_nan=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(NUMBERS),
)
fractions = st.sampled_from(["", ".5", ".123456", ".1234567", ".9999999", ".", ",5", ".000"])
zones = st.sampled_from(
    [
        "Z",
        "z",
        "+00:00",
        "-00:00",
        "+14:00",
        "-14:00",
        "+02:00",
        "+0200",
        "",
        "+24:00",
        "+23:59",
        "+00:60",
        "+2",
    ]
)
instants = st.builds(
    lambda year, month, day, mark, hour, minute, second, fraction, zone: (
        f'"{year}-{month}-{day}{mark}{hour}:{minute}:{second}{fraction}{zone}"'
    ),
    st.sampled_from(["2026", "2000", "1999", "8999", "9000", "9999", "0001", "0000", "26", "10000"]),
    st.sampled_from(["01", "12", "11", "13", "00", "1"]),
    st.sampled_from(["01", "31", "29", "30", "00", "32"]),
    st.sampled_from(["T", "t", " ", "_", ""]),
    st.sampled_from(["00", "10", "23", "24"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59", "60"]),
    fractions,
    zones,
)
sensible_instants = st.datetimes().map(lambda moment: f'"{moment.isoformat()}Z"')
uuids = st.one_of(
    st.uuids().map(lambda identity: f'"{identity}"'),
    st.uuids().map(lambda identity: f'"{identity.hex.upper()}"'),
    st.sampled_from(
        ['"{01938f7e-5c00-7a3b-9d2e-4f5061728394}"', '"01938f7e-5c00-7a3b"', '"urn:uuid:0"', '""']
    ),
)
anything = st.recursive(
    st.one_of(
        written_texts, raw_texts, numbers, instants, uuids, st.sampled_from(["null", "true", "false", "{}"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]"),
        st.lists(inner, max_size=2).map(
            lambda items: "{" + ",".join(f'"k{place}":{item}' for place, item in enumerate(items)) + "}"
        ),
    ),
    max_leaves=6,
)
types_of_events = st.sampled_from(
    [*(model.type_name() for model in MODELS), "actions.unknown", "content.x", ""]
)
some_tags = st.text(st.sampled_from("#aA\xa0é\ufdfa"), max_size=12).map(json.dumps)
lists_of_texts = st.lists(st.one_of(written_texts, some_tags), max_size=4).map(
    lambda items: f"[{','.join(items)}]"
)
some_weights = st.one_of(
    st.sampled_from(["0.5", "0.3", "0.2", "1", "0", "0.0", "0.50", "5e-1", "0.3000000001", "0.301", "-0"]),
    numbers,
)
distributions = st.one_of(
    st.lists(
        st.tuples(
            st.sampled_from(["community", "environment", "workers", "workers", "animals"]), some_weights
        ),
        max_size=5,
    ).map(lambda members: "{" + ",".join(f'"{name}":{weight}' for name, weight in members) + "}"),
    st.tuples(some_weights, some_weights, some_weights).map(
        lambda weights: '{"community":%s,"environment":%s,"workers":%s}' % weights  # noqa: UP031 - braces
    ),
)
flags = st.sampled_from(["true", "false", "null", "0", "1", '"true"'])
BY_FIELD = {
    "id": uuids,
    "type": types_of_events.map(json.dumps),
    "v": st.sampled_from(["1", "1.0", "2", "0", "-1", "true", '"1"', "null", "99999999999999999999999"]),
    "at": st.one_of(sensible_instants, instants),
    "effective_from": st.one_of(sensible_instants, instants),
    "quantity": numbers,
    "multiplier": numbers,
    "points": numbers,
    **dict.fromkeys(("count", "views", "likes", "comments", "shares", "saves", "followers"), numbers),
    "duration_seconds": numbers,
    "published_at": st.one_of(sensible_instants, instants),
    "verified": flags,
    "weights": distributions,
    "expected_version": numbers,
    **dict.fromkeys(("allowed_buckets", "hashtags", "communities", "linked_hashtags"), lists_of_texts),
    "category": st.sampled_from(['"community"', '"environment"', '"workers"', '"other"', '""']),
    "actor_type": st.sampled_from(['"user"', '"system"', '"robot"']),
}
spaces = st.sampled_from(["", " ", "\n", "\t", "\r\n "])
no_spaces = st.sampled_from(["\x0c", "\ufeff", "\x00", "\xa0", ","])


def varied(name: str, example: object) -> st.SearchStrategy[str]:
    """Ways to write a field's value that are right, or nearly."""
    if isinstance(example, str) and name not in BY_FIELD:
        return st.one_of(written_texts, st.just(json.dumps(example)))
    return st.one_of(BY_FIELD.get(name, anything), st.just(json.dumps(example)))


@st.composite
def values(draw: st.DrawFn) -> bytes:
    """An event of some type with up to two faults, in JSON written in every way one can think of."""
    model = draw(st.sampled_from(MODELS))
    example = model.example()
    members = {name: json.dumps(value, ensure_ascii=draw(st.booleans())) for name, value in example.items()}
    for name in draw(st.lists(st.sampled_from(sorted(example)), max_size=2)):
        members[name] = draw(varied(name, example[name]))
    written = list(members.items())
    faults = ["none", "none", "none", "left out", "replaced", "added", "repeated", "twice"]
    fault, place = draw(st.sampled_from(faults)), draw(st.integers(0, len(written) - 1))
    name = written[place][0]
    if fault == "left out":
        del written[place]
    elif fault == "replaced":
        written[place] = (name, draw(anything))
    elif fault == "added":
        written.append((draw(texts), draw(anything)))
    elif fault == "repeated":
        written.append(written[place])
    elif fault == "twice":
        written.append((name, draw(varied(name, example[name]))))
    space = draw(spaces)
    names = {name: quoted(name, escape=draw(st.booleans())) for name, _ in written}
    body = f",{space}".join(f"{names[name]}{space}:{raw}" for name, raw in draw(st.permutations(written)))
    around = draw(st.one_of(spaces, spaces, spaces, no_spaces))
    # Surrogates cannot be written as UTF-8; "surrogatepass" makes the bytes that a careless producer sends.
    return f"{around}{{{body}}}{around}".encode("utf-8", "surrogatepass")


def check(value: bytes, system: str | None = None) -> None:
    codec = CODECS[system]
    expected = by_the_model_alone(value, system)
    found = codec.decode(value)
    assert found == expected
    assert type(found) is type(expected)
    if isinstance(found, EventStruct):
        assert found.at.tzinfo is UTC
        for name in found.__struct_fields__:
            assert type(getattr(found, name)) is type(getattr(expected, name)), name
        assert codec.decode(encode(found)) == found
    else:
        # A reason goes to terminals and into tables: it must be printable and short.
        assert str(found).isprintable()
        assert len(str(found)) < 1_000


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.type_name())
def test_both_ways_agree_whatever_stands_in_one_field(model: type[Event]) -> None:
    written = {name: json.dumps(example) for name, example in model.example().items()}
    for name in written:
        for fragment in FRAGMENTS:
            members = written | {name: fragment}
            body = ",".join(f'"{member}":{raw}' for member, raw in members.items())
            check(f"{{{body}}}".encode("utf-8", "surrogatepass"), model.system_name())
            # Named twice: the last one counts, and the first one may be anything that is JSON.
            plain = json.dumps(model.example())[1:]
            check(f'{{"{name}":{fragment},{plain}'.encode("utf-8", "surrogatepass"), model.system_name())


@settings(max_examples=1_500, deadline=None)
@given(values(), st.sampled_from([*CODECS]))
def test_both_ways_agree_on_events_with_faults(value: bytes, system: str | None) -> None:
    check(value, system)


@pytest.mark.parametrize("model", [model for model in MODELS if model.needs_a_field])
def test_both_ways_agree_on_each_choice_of_optional_fields(model: type[Event]) -> None:
    example, optional = model.example(), model.optional_fields()
    kept = {name: value for name, value in example.items() if name not in optional}
    for choices in product(("left out", "null", "given"), repeat=len(optional)):
        chosen = zip(optional, choices, strict=True)
        fields = {
            name: example[name] if how == "given" else None for name, how in chosen if how != "left out"
        }
        check(json.dumps(kept | fields).encode())


@settings(max_examples=500, deadline=None)
@given(values(), st.data())
def test_both_ways_agree_on_events_with_a_byte_changed(value: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(value) - 1))
    inserted = data.draw(
        st.one_of(st.binary(max_size=2), st.sampled_from([b"\\", b'"', b"\xc2\x85", b"\xff"]))
    )
    check(value[:place] + inserted + value[place + data.draw(st.integers(0, 2)) :])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), anything.map(lambda raw: raw.encode("utf-8", "surrogatepass"))))
def test_both_ways_agree_on_what_is_no_event_at_all(value: bytes) -> None:
    check(value)


@pytest.mark.parametrize("opening", [b"[", b'{"id":', b'{"type":[', b'{"allowed_buckets":['])
def test_deep_nesting_is_a_reason_and_no_crash(opening: bytes) -> None:
    value = opening * (EVENT_BYTES_MAX // len(opening))
    found = CODECS[None].decode(value)
    assert isinstance(found, Broken)
    assert found.code == "not_json"


@settings(max_examples=300, deadline=None)
@given(st.decimals(0, 10**12 - 1, places=6, allow_nan=False), st.integers(0, 3))
def test_a_quantity_stays_exact_to_its_last_digit(quantity: Decimal, zeros: int) -> None:
    from events.actions import ActionLogged

    document = json.dumps(ActionLogged.example()).replace("15.5", f"{quantity:f}{'0' * zeros}")
    found = CODECS["actions"].decode(document.encode())
    assert isinstance(found, EventStruct)
    assert found.quantity == quantity
    again = CODECS["actions"].decode(encode(found))
    assert isinstance(again, EventStruct)
    assert again.quantity == quantity
