"""`groundswell events`: the catalogue of event types, and files of events checked without sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import console
from deploy.cli.console import AsJson, Column

if TYPE_CHECKING:
    from events.envelope import Event


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(help="The types of events, and checking events.", no_args_is_help=True)
    group.command("list")(list_types)
    group.command("show")(show)
    group.command("check")(check)
    app.add_typer(group, name="events")


def list_types(as_json: AsJson = False) -> None:
    """List the types of events.

    Example: groundswell events list
    """
    from events.catalogue import default_catalogue

    rows = [
        {
            "type": model.type_name(),
            "v": model.version(),
            "key": model.key_description(),
            "needs_actor": model.needs_actor,
            "reference": model.reference,
            "description": (model.__doc__ or "").partition("\n")[0],
        }
        for model in default_catalogue()
    ]
    columns = [Column("type"), Column("v"), Column("key"), Column("description", "what happened")]
    console.list_rows(rows, columns, as_json=as_json)


def show(
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="For example actions.action_logged.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON Schema.")] = False,
) -> None:
    """Show the fields of a type with their limits, and an example.

    Example: groundswell events show actions.action_logged
    """
    import json

    from events.json_schema import schema_of

    model = _model(type_name)
    schema = schema_of(model)
    if as_json:
        console.emit_json(schema)
        return
    console.emit(f"{type_name} (version {model.version()}): {schema['description']}")
    console.emit(f"Key of the record: {model.key_description()}\n")
    columns = [Column("field"), Column("kind"), Column("required"), Column("description")]
    console.table(_field_rows(schema), columns)
    if model.needs_a_field:
        console.emit(f"\nAt least one of: {', '.join(model.optional_fields())}.")
    console.emit(f"\nExample:\n{json.dumps(model.example(), ensure_ascii=False)}")


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON, also gzip or zstd; - for stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a file of events without sending any; each bad line is told on stderr.

    Example: groundswell events check edits.ndjson.gz
    """
    from deploy.cli.event_lines import EventLines, Report, opened
    from events.ndjson import decompressed

    report = Report()
    with opened(file) as stream:
        EventLines(report).count(decompressed(stream))
    if as_json:
        console.emit_json(report.as_json())
    else:
        console.emit(f"{report.events:,} events are well, {report.bad:,} lines are bad")
    report.leave()


def _model(type_name: str) -> type[Event]:
    from events.catalogue import default_catalogue
    from events.errors import WrongUsage

    catalogue = default_catalogue()
    if type_name not in catalogue:
        near = catalogue.similar(type_name)
        hint = f"did you mean {' or '.join(near)}?" if near else "`groundswell events list` names them"
        raise WrongUsage(f"{type_name!r} is not a type of event: {hint}")
    return catalogue[type_name]


def _field_rows(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "field": name,
            "kind": kind(field),
            "required": "yes" if name in schema["required"] else "",
            "description": field.get("description", ""),
        }
        for name, field in schema["properties"].items()
    ]


_IN_WORDS: Mapping[str, str] = {"boolean": "true or false"}


def kind(field: dict[str, Any]) -> str:
    """What a field holds and within which limits, in words, from its JSON Schema."""
    if "anyOf" in field:
        return " or ".join(kind(choice) for choice in field["anyOf"])
    if "$ref" in field:
        return f"{field['$ref'].rpartition('/')[2]} objects"
    if "const" in field:
        return str(field["const"])
    if "enum" in field:
        return ", ".join(field["enum"])
    match field["type"]:
        case "string" if field.get("format") == "uuid":
            return "UUID"
        case "string" if field.get("format") == "date-time":
            return "whole hour of UTC" if field.get("x-whole-hour") else "time with zone"
        case "string" if "x-bytes-max" in field and field["maxLength"] == field["x-bytes-max"]:
            return f"text, {field.get('minLength', 0)} to {field['maxLength']} bytes"
        case "string":
            return f"text, {field.get('minLength', 0)} to {field['maxLength']} characters"
        case "integer":
            return f"whole number, {field['minimum']:,} to {field['maximum']:,}"
        case "number":
            limit = f"{field['maximum']:,}" if "maximum" in field else f"below {field['exclusiveMaximum']:,}"
            return f"number, {field['minimum']:,} to {limit}, {field['x-places-max']} places"
        case "array":
            return f"list of {field.get('minItems', 0):,} to {field['maxItems']:,}: {kind(field['items'])}"
        case other:
            return _IN_WORDS.get(other, other)
