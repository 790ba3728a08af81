"""The generated files are those that the code makes now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.generate import PROJECT, differences, write
from events.catalogue import default_catalogue

SCHEMAS = sorted((PROJECT / "schemas" / "events").glob("*.json"))


def test_no_generated_file_is_stale() -> None:
    assert not differences(), "run `make generate` and commit"


def test_stale_missing_and_left_over_files_are_found_and_put_right(tmp_path: Path) -> None:
    assert len(differences(tmp_path)) == len(list(default_catalogue()))
    write(tmp_path)
    assert not differences(tmp_path)
    folder = tmp_path / "schemas" / "events"
    stale, left_over = folder / "actions.wave_created.json", folder / "actions.gone.json"
    stale.write_text("{}")
    left_over.write_text("{}")
    found = differences(tmp_path)
    assert {path: text is None for path, text in found.items()} == {stale: False, left_over: True}
    write(tmp_path)
    assert not differences(tmp_path)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_names_every_field_with_a_description(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    model = default_catalogue()[schema["title"]]
    assert list(schema["properties"]) == list(model.model_fields)
    assert all(field["description"] for field in schema["properties"].values())
    assert {"id", "type", "v", "at", *([model.key_field] if model.key_field else [])} <= set(
        schema["required"]
    )
    assert schema["additionalProperties"] is False
