"""`<home>/stack.json`: what a local stack must remember, and where others read its addresses."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from events.settings import SERVERS, STACK_FILE_NAME, read_stack_file

PASSWORD_BYTES = 18


@dataclass(slots=True)
class StackFile:
    """`addresses` by server, `ports` by their names, `partitions` of new topics if it has a Kafka."""

    path: Path
    addresses: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    partitions: int | None = None
    postgres_password: str = ""
    postgres_password_is_new: bool = False
    postgres_folder: Path | None = None

    @classmethod
    def load(cls, home: Path) -> StackFile:
        """What is known about the stack in `home`; a password is made up for a stack that has none yet."""
        known = read_stack_file(home)
        password = known.get("postgres_password")
        folder = known.get("postgres_folder")
        return cls(
            path=home / STACK_FILE_NAME,
            addresses={name: known[name] for name in SERVERS if name in known},
            ports=dict(known.get("ports", {})),
            partitions=known.get("partitions"),
            postgres_password=password or secrets.token_urlsafe(PASSWORD_BYTES),
            postgres_password_is_new=password is None,
            postgres_folder=Path(folder) if folder else None,
        )

    def save(self) -> None:
        """Write all of it; readers see the old file or the new one, and only the owner may read it."""
        content = {
            **self.addresses,
            "partitions": self.partitions,
            "ports": self.ports,
            "postgres_password": self.postgres_password,
            "postgres_folder": str(self.postgres_folder) if self.postgres_folder else None,
        }
        known = {name: value for name, value in content.items() if value is not None}
        temporary = self.path.with_suffix(".json.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stack_file:
            json.dump(known, stack_file, indent=2)
            stack_file.write("\n")
            stack_file.flush()
            os.fsync(stack_file.fileno())
        temporary.replace(self.path)
