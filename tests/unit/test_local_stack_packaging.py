"""The project's import names are plain words: nobody else in the environment may own them."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["events", "streams", "projections", "deploy", "schemas", "tests"])
def test_the_import_name_is_ours_alone(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"groundswell"}


@pytest.mark.parametrize("name", ["events", "streams", "projections", "deploy"])
def test_the_import_name_leads_into_this_folder(name: str) -> None:
    assert Path(__import__(name).__file__ or "").parent == PROJECT / name


def test_the_lock_pins_by_hash_and_names_no_place_to_download_from() -> None:
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    assert pins
    assert all(line.endswith("\\") for line in pins), "each pin is followed by its hashes"
    assert not [line for line in lines if "://" in line or line.startswith("-")]
