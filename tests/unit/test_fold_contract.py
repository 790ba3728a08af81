"""What the engine relies on in every fold: a rule for each event type, and tables that exist."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import streams.folds
from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.envelope import Event
from events.structs import EventStruct
from projections.postgres.staging import WIDTH_MAX
from projections.tables import CounterTable, StateTable, Table, gathered
from streams.folding import CACHE_GROUPS, CHORES, EACH, FOLLOW, WHOLE, Change
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


def gathered_by(name: str) -> set[Table]:
    """The tables that a fold may change: those of its generations, in place of some those that spread to
    them."""
    return set(gathered(systems()[name].model.tables))


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

    def _apply(self, changes: Sequence[Change]) -> None:
        self.changes += changes
        super()._apply(changes)


def folded(name: str, model: type[Event]) -> Keeping:
    """What becomes of the example of a type when nothing was folded before, and what follows."""
    return Keeping(systems()[name]).given(example(model)).settled()


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
    known = {*systems()[name].model.tables, *gathered_by(name), CHORES, CACHE_GROUPS}
    assert changed <= known, "changes tables that are not in the read model"
    assert outcome != "applied" or changed, "is applied and changes nothing"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_fold_is_in_its_read_model(name: str) -> None:
    declared = systems()[name].model.tables
    assert tables_of(name) <= {*declared, *gathered_by(name)}
    assert {chore.table for chore in systems()[name].fold.chores.values()} <= set(declared)
    assert len({table.name for table in declared}) == len(declared), "two tables of one name"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_read_model_is_used_by_its_fold(name: str) -> None:
    assert gathered_by(name) <= tables_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_is_written_by_settling_alone(name: str) -> None:
    for table in systems()[name].fold.settles:
        assert not table.follows, table.name


@pytest.mark.parametrize("name", NAMES)
def test_every_table_fits_the_staging_table(name: str) -> None:
    for table in gathered_by(name):
        assert len(table.columns) <= WIDTH_MAX, table.name


@pytest.mark.parametrize("name", NAMES)
def test_the_files_of_a_read_model_are_there(name: str) -> None:
    system = systems()[name]
    model = system.model
    files = [model.views, model.functions, *(table.due for table in model.windows)]
    files += [table.computed for table in model.calculated]
    files += [decision.due for decision in system.decisions]
    files += [decision.rows for decision in system.decisions if isinstance(decision.rows, Path)]
    files += [chore.page for chore in system.fold.chores.values()]
    for file in files:
        assert file is None or file.exists(), file


@pytest.mark.parametrize("name", NAMES)
def test_the_version_of_a_fold_is_positive(name: str) -> None:
    assert systems()[name].fold.version >= 1


@pytest.mark.parametrize(("name", "model"), TYPES, ids=lambda value: getattr(value, "__name__", None))
def test_a_change_names_a_column_that_the_table_has(name: str, model: type[Event]) -> None:
    """A sum of a counter by its index, or each of them, or what of it follows; a state as a whole."""
    for table, _, column, value in folded(name, model).changes:
        if isinstance(table, CounterTable):
            if column == EACH:
                assert len(value) == len(table.sums), table.name
            else:
                assert column == FOLLOW or 0 <= column < len(table.sums), table.name
        else:
            assert column == WHOLE, table.name
