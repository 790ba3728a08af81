"""Downloads: whole and right, or not there at all."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local_stack import maven
from deploy.local_stack.kafka import JARS_LOCK, KAFKA_VERSION, jars
from deploy.local_stack.maven import Artifact, DownloadFailed, cache_folder, fetch

CONTENT = b"not really a jar"
RIGHT = hashlib.sha256(CONTENT).hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Tests do not show each request."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Maven repository that holds one file, served over HTTP."""
    folder = tmp_path / "repository"
    path = folder / "org/example/one/1.0/one-1.0-tests.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    monkeypatch.setattr(maven, "RETRY_SECONDS", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_missing_file_is_fetched_once(repository: str, tmp_path: Path) -> None:
    artifact = Artifact("org.example:one:1.0:tests", RIGHT)
    arrivals: list[None] = []
    for _ in range(2):
        (path,) = fetch([artifact], tmp_path / "cache", lambda: arrivals.append(None), repository=repository)
        assert path.read_bytes() == CONTENT
    assert len(arrivals) == 1
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["one-1.0-tests.jar"]


def test_a_changed_file_is_refused_and_not_kept(repository: str, tmp_path: Path) -> None:
    artifact = Artifact("org.example:one:1.0:tests", "0" * 64)
    with pytest.raises(DownloadFailed, match=f"SHA-256 {RIGHT} instead of 0000"):
        fetch([artifact], tmp_path / "cache", repository=repository)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_file_that_is_not_there_is_named(repository: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"cannot download org\.example:two:1\.0") as failure:
        fetch([Artifact("org.example:two:1.0", RIGHT)], tmp_path / "cache", repository=repository)
    assert failure.value.exit_code == 3


def test_a_server_that_is_away_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maven, "RETRY_SECONDS", 0.0)
    with pytest.raises(DownloadFailed, match="Check the network"):
        fetch([Artifact("org.example:one:1.0", RIGHT)], tmp_path, repository="http://127.0.0.1:1")


def test_downloads_go_into_the_home_when_the_user_has_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder(tmp_path / "home") == tmp_path / "user" / "groundswell"
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert cache_folder(tmp_path / "home") == tmp_path / "home" / "cache"


def test_kafkas_jars_are_pinned() -> None:
    found = jars()
    assert len({artifact.file_name for artifact in found}) == len(found)
    assert all(len(artifact.sha256) == 64 for artifact in found)
    assert f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}" in {artifact.coordinate for artifact in found}
    assert JARS_LOCK.read_text().startswith(
        f"# SHA-256 and coordinates of every jar of Kafka {KAFKA_VERSION}"
    )
