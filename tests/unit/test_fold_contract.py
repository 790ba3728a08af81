"""What the engine relies on in every fold: a rule for each event type, and tables that exist."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

import pytest

import streams.folds
from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.structs import EventStruct
from projections.postgres.staging import WIDTH_MAX
from projections.tables import CounterTable, StateTable, Table
from streams.folding import CACHE_GROUPS, CHORES, WHOLE, Change
from streams.system import StreamSystem, system_named, systems
from tests.unit.fold_driver import FoldDriver

NAMES: Final = sorted(systems())
TYPES: Final = [(name, model) for name in NAMES for model in systems()[name].events.types]


def modules_of(name: str) -> Iterator[ModuleType]:
    """The modules of a system's fold."""
    package = importlib.import_module(f"{streams.folds.__name__}.{name}")
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        yield importlib.import_module(found.name)


def tables_of(name: str) -> set[Table]:
    """Every table that a module of the fold names."""
    return {
        value
        for module in modules_of(name)
        for value in vars(module).values()
        if isinstance(value, StateTable | CounterTable)
    }


def example(model: type[Event]) -> EventStruct:
    """The type's own example, as the engine decodes it."""
    event = Codec().decode(encode(model.model_validate(model.example(), strict=False)))
    assert isinstance(event, EventStruct), event
    return event


class Keeping(FoldDriver):
    """A driver that keeps all changes."""

    def __init__(self, system: StreamSystem) -> None:
        super().__init__(system.fold, {})
        self.changes: list[Change] = []

    def _apply(self, changes: Any) -> None:
        self.changes += changes
        super()._apply(changes)


def folded(name: str, model: type[Event]) -> Keeping:
    """What becomes of the example of a type when nothing was folded before."""
    return Keeping(systems()[name]).given(example(model))


def test_every_system_with_events_has_a_fold() -> None:
    assert set(systems()) == set(default_catalogue().systems)
    for name in NAMES:
        assert system_named(name).model.system == name
        assert system_named(name).events is default_catalogue().systems[name]


@pytest.mark.parametrize(("name", "model"), TYPES, ids=lambda value: getattr(value, "__name__", None))
def test_every_event_type_has_a_rule(name: str, model: type[Event]) -> None:
    """Its example is applied, refused for a reason or a duplicate; a type without a rule would raise."""
    driver = folded(name, model)
    (outcome,) = driver.outcomes
    assert outcome.isidentifier()
    changed = {change[0] for change in driver.changes}
    known = {*systems()[name].model.tables, CHORES, CACHE_GROUPS}
    assert changed <= known, "changes tables that are not in the read model"
    assert outcome != "applied" or changed, "is applied and changes nothing"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_fold_is_in_its_read_model(name: str) -> None:
    declared = systems()[name].model.tables
    assert tables_of(name) <= set(declared)
    assert {chore.table for chore in systems()[name].fold.chores.values()} <= set(declared)
    assert len({table.name for table in declared}) == len(declared), "two tables of one name"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_read_model_is_used_by_its_fold(name: str) -> None:
    assert set(systems()[name].model.tables) <= tables_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_fits_the_staging_table(name: str) -> None:
    for table in systems()[name].model.tables:
        assert len(table.columns) <= WIDTH_MAX, table.name


@pytest.mark.parametrize("name", NAMES)
def test_the_files_of_a_read_model_are_there(name: str) -> None:
    system = systems()[name]
    model = system.model
    files = [model.views, model.functions, *(table.due for table in model.windows)]
    files += [table.computed for table in model.calculated]
    files += [file for decision in system.decisions for file in (decision.due, decision.rows)]
    files += [chore.page for chore in system.fold.chores.values()]
    for file in files:
        assert file is None or file.exists(), file


@pytest.mark.parametrize("name", NAMES)
def test_the_version_of_a_fold_is_positive(name: str) -> None:
    assert systems()[name].fold.version >= 1


@pytest.mark.parametrize(("name", "model"), TYPES, ids=lambda value: getattr(value, "__name__", None))
def test_a_change_names_a_column_that_the_table_has(name: str, model: type[Event]) -> None:
    """A sum of a counter by its index, a state as a whole."""
    for table, _, column, _ in folded(name, model).changes:
        if isinstance(table, CounterTable):
            assert 0 <= column < len(table.sums), table.name
        else:
            assert column == WHOLE, table.name
