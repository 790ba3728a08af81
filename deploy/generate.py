"""Writes the files that are made from code, or checks that they are not stale.

python -m deploy.generate           write them
python -m deploy.generate --check   exit 1 when one is stale, missing or left over
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from events.catalogue import default_catalogue
from events.json_schema import schema_of

PROJECT = Path(__file__).resolve().parent.parent

EVENT_SCHEMAS = Path("schemas/events")


def event_schemas() -> Iterator[tuple[Path, str]]:
    """One JSON Schema for each event type: `schemas/events/<type>.json`."""
    for model in default_catalogue():
        path = EVENT_SCHEMAS / f"{model.type_name()}.json"
        yield path, json.dumps(schema_of(model), indent=2, ensure_ascii=False) + "\n"


GENERATORS: Mapping[Path, Callable[[], Iterator[tuple[Path, str]]]] = {EVENT_SCHEMAS: event_schemas}
"""By folder, relative to the project: what makes all files in it."""


def differences(project: Path = PROJECT) -> dict[Path, str | None]:
    """The files that are not as they should be, with the text they should have; None for those left over."""
    found: dict[Path, str | None] = {}
    for folder, generate in GENERATORS.items():
        wanted = {project / path: text for path, text in generate()}
        found |= {path: text for path, text in wanted.items() if not _holds(path, text)}
        found |= {path: None for path in sorted((project / folder).glob("*")) if path not in wanted}
    return found


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def write(project: Path = PROJECT) -> list[Path]:
    """Put right what `differences` finds; gives the paths."""
    found = differences(project)
    for path, text in found.items():
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return list(found)


def main() -> int:
    """The exit code: 0 all is well or written, 1 `--check` found a difference."""
    parser = argparse.ArgumentParser(prog="python -m deploy.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 when a file is stale")
    if not parser.parse_args().check:
        for path in write():
            sys.stderr.write(f"written: {path.relative_to(PROJECT)}\n")
        return 0
    found = differences()
    for path, text in found.items():
        what = "left over" if text is None else "stale" if path.exists() else "missing"
        sys.stderr.write(f"{what}: {path.relative_to(PROJECT)}; run `make generate` and commit\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
