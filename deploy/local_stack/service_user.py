"""Whom servers run as: Postgres refuses to run as root, so root lends it a system user without rights."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from events.errors import GroundswellError

SERVICE_USER_NAME = "groundswell-postgres"
COMMAND_LIMIT_SECONDS = 30


class NoServiceUser(GroundswellError):
    """Make the system user that the message names, or run Groundswell as a user other than root."""

    code = "no_service_user"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """A system user by its numbers."""

    uid: int
    gid: int

    def can(self, *command: str) -> bool:
        """Whether a command run as this user succeeds; False when the user cannot even reach its program."""
        try:
            done = subprocess.run(
                command,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                timeout=COMMAND_LIMIT_SECONDS,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0

    def reaches(self, folder: Path) -> bool:
        """Whether this user may go through all folders on the way into `folder`, which exists."""
        return self.can("/bin/sh", "-c", 'cd -- "$0"', str(folder))


def service_user() -> ServiceUser | None:
    """None for everybody but root; for root the system user that Postgres runs as, made if missing."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVICE_USER_NAME)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(SERVICE_USER_NAME)
    return ServiceUser(entry.pw_uid, entry.pw_gid)


def _make_user() -> None:
    options = [
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/bin/false",
    ]
    search_path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    program = shutil.which("useradd", path=search_path)
    if program is None:
        raise NoServiceUser(
            f"Postgres does not run as root, and there is no `useradd` to make the system user "
            f"{SERVICE_USER_NAME}. Make that user, or run Groundswell as another user than root"
        )
    done = subprocess.run(
        [program, *options, SERVICE_USER_NAME],
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_SECONDS,
        check=False,
    )
    # 9: somebody else, such as a second stack starting at the same time, has just made it.
    if done.returncode not in (0, 9):
        raise NoServiceUser(
            f"Postgres does not run as root, and `useradd {SERVICE_USER_NAME}` failed: "
            f"{done.stderr.strip()}. Make that user, or run Groundswell as another user than root"
        )
