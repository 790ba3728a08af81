"""The JSON Schema (draft 2020-12) of an event type, for producers in any language; made from its model."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from events.envelope import GIVEN_IN_JSON, Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithoutTitles(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[Event]) -> dict[str, Any]:
    """The schema of what the log takes of this type; a value that fits it may still break a rule of its text.

    Beside the dialect's own words: `x-key` names the field that is the record's key (in quotes: the key
    itself), `x-bytes-max` limits the bytes of UTF-8, `x-places-max` the digits after the point,
    `x-whole-hour` wants a whole hour of UTC.
    """
    generated = model.model_json_schema(schema_generator=_WithoutTitles)
    properties: dict[str, Any] = generated["properties"]
    required = [
        name
        for name, field in model.model_fields.items()
        if field.is_required() or name in GIVEN_IN_JSON or (name == "actor" and model.needs_actor)
    ]
    if model.needs_actor:
        properties["actor"] = _without_null(properties["actor"])
    for name, schema in properties.items():
        # What Python fills in JSON must say, and where null is the default there is none.
        if name in required or schema.get("default", 0) is None:
            schema.pop("default", None)
        if name in Event.model_fields:
            schema.setdefault("description", Event.model_fields[name].description)
    at_least_one = {"anyOf": [{"required": [name]} for name in model.optional_fields()]}
    return {
        "$schema": DIALECT,
        "$id": f"{model.type_name()}.json",
        "title": model.type_name(),
        "description": generated["description"],
        "x-key": model.key_description(),
        "type": "object",
        "properties": properties,
        "required": required,
        **(at_least_one if model.needs_a_field else {}),
        "additionalProperties": False,
        "examples": [model.example()],
    }


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    (kind,) = (choice for choice in field["anyOf"] if choice != {"type": "null"})
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default")}
    return {**kind, **rest}
