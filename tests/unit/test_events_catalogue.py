"""The catalogue finds every system, and every type is complete."""

from __future__ import annotations

import subprocess
import sys

import pytest

from events.catalogue import Catalogue, System, default_catalogue
from events.envelope import Event
from events.refusals import Refused

MODELS = list(default_catalogue())


def test_the_catalogue_has_the_types_of_the_actions_system() -> None:
    names = {model.type_name() for model in default_catalogue().systems["actions"].types}
    assert {"actions.wave_created", "actions.action_logged", "actions.bucket_weight_set"} <= names
    assert default_catalogue().systems["actions"].topic("test") == "test.actions"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.type_name())
def test_every_type_has_a_description_and_a_valid_complete_example(model: type[Event]) -> None:
    assert model.__doc__
    example = model.example()
    assert list(example) == list(model.model_fields)
    assert None not in example.values()
    event = default_catalogue().read(example)
    assert isinstance(event, model)
    assert event.key == (model.constant_key or example[model.key_field])
    for name, field in model.model_fields.items():
        assert field.description or Event.model_fields[name].description, name


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"type": "actions.wave_creatd"}, "unknown_type", "type"),
        ({"type": 5}, "invalid_field", "type"),
        ({"v": 2}, "newer_version", "v"),
        ({"v": 10**30}, "newer_version", "v"),
        ({"v": 0}, "invalid_field", "v"),
        ({"v": "1"}, "invalid_field", "v"),
        ({"v": True}, "invalid_field", "v"),
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"title": 5}, "invalid_field", "title"),
    ],
)
def test_a_document_is_refused_with_code_and_field(changes: dict[str, object], code: str, field: str) -> None:
    document = default_catalogue()["actions.wave_created"].example() | changes
    refused = default_catalogue().read(document)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.field) == (code, field)


@pytest.mark.parametrize("name", ["id", "type", "v", "at", "wave_id", "title"])
def test_what_is_required_must_be_there(name: str) -> None:
    document = default_catalogue()["actions.wave_created"].example()
    del document[name]
    assert default_catalogue().read(document) == Refused("missing_field", name, "is missing")


def test_an_unknown_type_names_the_nearest() -> None:
    document = default_catalogue()["actions.wave_created"].example() | {"type": "actions.wave_creatd"}
    assert "did you mean actions.wave_created" in str(default_catalogue().read(document))


def test_a_system_takes_only_types_of_its_name() -> None:
    with pytest.raises(AssertionError, match="is not of system other"):
        System("other", tuple(MODELS[:1]))


def test_catalogues_are_values() -> None:
    assert list(Catalogue([])) == []
    assert "actions.wave_created" in default_catalogue()


def test_the_catalogue_does_without_kafka() -> None:
    # Commands that send nothing should not wait for what sending needs.
    code = "import sys, events.catalogue as c; c.default_catalogue(); sys.exit('aiokafka' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
