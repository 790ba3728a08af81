"""Which event types there are: each system's module declares one `SYSTEM`, the catalogue finds them all."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from events.declared import declared
from events.envelope import GIVEN_IN_JSON, Event
from events.refusals import Refused, refusal_of
from events.rules import shown

TOPIC_PREFIX_DEFAULT = "groundswell"

# Modules of this package that declare no system. Each other one is imported to be asked for its `SYSTEM`.
NOT_SYSTEMS = frozenset(
    {
        "capacities",
        "catalogue",
        "codec",
        "content_decisions",
        "decimals",
        "decisions",
        "declared",
        "distributions",
        "envelope",
        "errors",
        "fields",
        "hashtags",
        "instants",
        "json_schema",
        "log_writer",
        "ndjson",
        "partitioning",
        "preflib",
        "publisher",
        "rankings_decisions",
        "reconciliation",
        "refusals",
        "rules",
        "settings",
        "shifting",
        "structs",
        "topics",
    }
)


@dataclass(frozen=True, slots=True)
class System:
    """A system: its name, which begins the names of its types, and its event types."""

    name: str
    types: tuple[type[Event], ...]

    def __post_init__(self) -> None:
        names = [model.type_name() for model in self.types]
        assert len(set(names)) == len(names), f"system {self.name}: a type is declared twice: {names}"
        for model in self.types:
            assert model.system_name() == self.name, f"{model.type_name()} is not of system {self.name}"
            has_key = model.constant_key is not None or model.key_field in model.model_fields
            assert has_key, f"{model.type_name()}: no field {model.key_field}"
            older = range(1, model.version())
            assert set(model.upcasts) == {*older}, f"{model.type_name()}: upcasts must be from {[*older]}"

    def topic(self, prefix: str = TOPIC_PREFIX_DEFAULT) -> str:
        """The name of the system's topic: `groundswell.actions`."""
        return f"{prefix}.{self.name}"


class Catalogue:
    """Systems and their event types, by name. A value: tests make their own."""

    def __init__(self, systems: Iterable[System]) -> None:
        self.systems: Mapping[str, System] = {system.name: system for system in systems}
        self._types = {model.type_name(): model for system in self.systems.values() for model in system.types}

    def __iter__(self) -> Iterator[type[Event]]:
        return iter(self._types.values())

    def __contains__(self, type_name: str) -> bool:
        return type_name in self._types

    def __getitem__(self, type_name: str) -> type[Event]:
        return self._types[type_name]

    def similar(self, type_name: str) -> list[str]:
        """The names most like a mistaken one, best first, at most three."""
        return difflib.get_close_matches(type_name[:200], self._types, n=3, cutoff=0.5)

    def read(self, document: Mapping[str, Any], system: str | None = None) -> Event | Refused:
        """The event that a JSON object holds, whatever its version, or why it is refused.

        Numbers with a point are to be given as Decimal, so that they stay exact. `system` refuses all others.
        """
        model = self._model_of(document, system)
        if isinstance(model, Refused):
            return model
        upcast = _upcast(model, dict(document))
        if isinstance(upcast, Refused):
            return upcast
        try:
            return model.model_validate(upcast)
        except ValidationError as error:
            return refusal_of(error)

    def _model_of(self, document: Mapping[str, Any], system: str | None) -> type[Event] | Refused:
        for name in GIVEN_IN_JSON:
            if name not in document:
                return Refused("missing_field", name, "is missing")
        type_name = document["type"]
        if not isinstance(type_name, str):
            return Refused("invalid_field", "type", f"must be text, is {shown(type_name)}")
        model = self._types.get(type_name)
        if model is None:
            near = self.similar(type_name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; see `groundswell events list`"
            return Refused("unknown_type", "type", f"{shown(type_name)} is not a known type{hint}")
        if system is not None and model.system_name() != system:
            return Refused("other_system", "type", f"{type_name} does not belong to the topic of {system}")
        return model


def _upcast(model: type[Event], document: dict[str, Any]) -> dict[str, Any] | Refused:
    """The fields as the type's present version has them."""
    version = document["v"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return Refused("invalid_field", "v", f"must be a whole number from 1, is {shown(version)}")
    if version > model.version():
        newest = f"version {model.version()}, the newest known here"
        return Refused("newer_version", "v", f"{shown(version)} is newer than {newest}: upgrade first")
    for older in range(version, model.version()):
        try:
            document = {**model.upcasts[older](document), "v": older + 1}
        except Exception as error:  # noqa: BLE001 - an upcast meets whatever a producer once wrote
            return Refused("invalid_field", "v", f"cannot be read as version {older}: {error!r}")
    return document


@cache
def default_catalogue() -> Catalogue:
    """All systems that modules of this package declare."""
    package = importlib.import_module("events")
    return Catalogue(system for _, system in declared(package, "SYSTEM", leaving_out=NOT_SYSTEMS))
