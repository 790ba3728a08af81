"""`python -m deploy.local_stack.lock_jars`: Kafka's jars resolved anew, with their SHA-256 (`make lock`)."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from deploy.local_stack.kafka import COORDINATES, JARS_LOCK, KAFKA_VERSION


def resolved_jars(folder: Path) -> list[str]:
    """A line `sha256  group:name:version` for each jar that Kafka runs with; the jars go into `folder`."""
    from jgo.maven import MavenContext
    from jgo.parse import Endpoint

    context = MavenContext(repo_cache=folder, local_repos=[])
    wanted = [replace(coordinate, scope="compile") for coordinate in Endpoint.parse(COORDINATES).coordinates]
    inputs, transitive = context.resolver.resolve([context.create_dependency(one) for one in wanted])
    needed = [
        *inputs,
        *(dependency for dependency in transitive if dependency.scope in ("compile", "runtime")),
    ]
    lines = []
    for dependency in needed:
        sha256 = hashlib.sha256(dependency.artifact.resolve().read_bytes()).hexdigest()
        lines.append(f"{sha256}  {dependency.groupId}:{dependency.artifactId}:{dependency.version}")
    return sorted(lines, key=lambda line: line.split()[1])


def main() -> None:
    """Write the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        lines = resolved_jars(Path(folder))
    head = f"# SHA-256 and coordinates of every jar of Kafka {KAFKA_VERSION}: written by `make lock`."
    JARS_LOCK.write_text("\n".join([head, *lines]) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
