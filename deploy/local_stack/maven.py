"""Files from Maven Central, fetched once per user and checked against a known SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from events.errors import ServerUnreachable

PARALLEL_DOWNLOADS = 4
ATTEMPTS_MAX = 3
RETRY_SECONDS = 2.0
ANSWER_LIMIT_SECONDS = 30


class DownloadFailed(ServerUnreachable):
    """Check the network (proxy, certificates) and run the command again: what was fetched already is kept."""

    code = "download_failed"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: `group:name:version[:classifier]`, and the SHA-256 of its content in hex."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The file's name in Maven's own pattern: name-version[-classifier].jar."""
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"


def cache_folder(home: Path) -> Path:
    """Where downloads are kept: the user's cache, shared by all stacks; `home` when that is read-only."""
    try:
        root = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(root) if root else Path.home() / ".cache") / "groundswell"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):
        folder = home / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def missing(artifacts: Iterable[Artifact], folder: Path) -> list[Artifact]:
    """Those that are not in `folder` yet."""
    return [artifact for artifact in artifacts if not (folder / artifact.file_name).exists()]


def fetch(
    artifacts: Iterable[Artifact],
    folder: Path,
    arrived: Callable[[], None] = lambda: None,
    *,
    repository: str | None = None,
) -> list[Path]:
    """The files in `folder`, those that are missing fetched; `arrived` is called after each fetched one.

    A file appears under its name only when it is whole and right, so a stop at any moment does no harm.
    `repository` is the URL of another repository than Maven Central. Raises DownloadFailed.
    """
    artifacts = list(artifacts)
    folder.mkdir(parents=True, exist_ok=True)

    def fetch_and_tell(artifact: Artifact) -> None:
        _fetch_one(artifact, folder, repository)
        arrived()

    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        list(pool.map(fetch_and_tell, missing(artifacts, folder)))
    return [folder / artifact.file_name for artifact in artifacts]


def _fetch_one(artifact: Artifact, folder: Path, repository: str | None) -> None:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        with tempfile.TemporaryDirectory(prefix=".arriving-", dir=folder) as arriving:
            try:
                path = _download(artifact.coordinate, Path(arriving), repository)
            # jgo reports a missing file, a refused connection and a broken transfer in many types.
            except Exception as error:
                if attempt == ATTEMPTS_MAX:
                    raise DownloadFailed(
                        f"cannot download {artifact.coordinate} from Maven Central: {error}. Check the "
                        f"network (proxy, certificates) and run the command again; what has come is kept"
                    ) from error
                time.sleep(RETRY_SECONDS * attempt)
                continue
            _check(artifact, path)
            path.replace(folder / artifact.file_name)
            return


def _download(coordinate: str, folder: Path, repository: str | None) -> Path:
    from jgo.maven import MavenContext

    group, name, version, *classifier = coordinate.split(":")
    remote = None if repository is None else {"repository": repository}
    context = MavenContext(
        repo_cache=folder, local_repos=[], remote_repos=remote, timeout=ANSWER_LIMIT_SECONDS
    )
    component = context.project(group, name).at_version(version)
    return component.artifact(classifier=classifier[0] if classifier else "").resolve()


def _check(artifact: Artifact, path: Path) -> None:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != artifact.sha256:
        raise DownloadFailed(
            f"{artifact.coordinate} arrived with SHA-256 {found} instead of {artifact.sha256}: something on "
            f"the way changes downloads. Check the proxy, then run the command again"
        )
