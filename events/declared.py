"""What the modules of a package declare under a name: systems are found so, and listed nowhere."""

import importlib
import pkgutil
from collections.abc import Collection, Iterator
from types import ModuleType
from typing import Any


def declared(
    package: ModuleType, name: str, *, leaving_out: Collection[str] = ()
) -> Iterator[tuple[str, Any]]:
    """Each module's own name with what it declares, by the names of modules.

    Modules that declare nothing of that name are passed over; those that are left out are not even imported.
    """
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        if module in leaving_out:
            continue
        imported = importlib.import_module(f"{package.__name__}.{module}")
        if hasattr(imported, name):
            yield module, getattr(imported, name)
