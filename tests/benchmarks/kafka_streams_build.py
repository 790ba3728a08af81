"""Builds the Java contestant with Maven, outside the project's folder; says why where it cannot."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from deploy.cli import console
from deploy.local_stack.kafka import KAFKA_VERSION
from events.errors import GroundswellError
from tests.benchmarks.contest import Absent

PROJECT: Final = Path(__file__).parent / "kafka_streams" / "pom.xml"
BUILD_SECONDS_MAX: Final = 600.0
OUTPUT_CHARACTERS_MAX: Final = 3_000
_UNRESOLVED: Final = ("Could not resolve", "could not be resolved", "Could not transfer", "Unknown host")
"""By these Maven says that it did not get a library: the network's fault, not the sources'."""


class BuildFailed(GroundswellError):
    """Mend what Maven names in the message, or leave the contestant out with `--only`."""

    code: ClassVar[str] = "benchmark_build_failed"


@dataclass(frozen=True, slots=True)
class Program:
    """What runs: the program `java`, and where it finds its classes."""

    java: str
    classpath: str


async def build(folder: Path) -> Program | Absent:
    """Compiles the contestant into ``folder``. Raises BuildFailed when its sources do not compile."""
    found = {name: shutil.which(name) for name in ("mvn", "javac", "java")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        return Absent(f"there is no {' and no '.join(missing)} on this machine")
    java = found["java"]
    assert java is not None
    # What was fetched before is taken as it is, without a question to the network.
    code, output = await _maven("--offline", folder)
    if code != 0:
        console.note("Kafka Streams: fetching its libraries with Maven")
        code, output = await _maven("--no-transfer-progress", folder)
    if code != 0 and any(sign in output for sign in _UNRESOLVED):
        return Absent(f"Maven did not get its libraries: {output.splitlines()[0]}")
    if code != 0:
        raise BuildFailed(f"Maven ended with exit code {code} on {PROJECT}:\n{output}")
    return Program(java, os.pathsep.join((str(folder / "classes"), str(folder / "libraries" / "*"))))


async def _maven(mode: str, folder: Path) -> tuple[int, str]:
    """Exit code, and the end of what it wrote."""
    arguments = ["--quiet", "--batch-mode", mode, "--file", str(PROJECT)]
    process = await asyncio.create_subprocess_exec(
        "mvn",
        *arguments,
        f"-Dbuild.folder={folder}",
        f"-Dkafka.version={KAFKA_VERSION}",
        "compile",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), BUILD_SECONDS_MAX)
    except TimeoutError:
        raise BuildFailed(f"Maven has not built {PROJECT} in {BUILD_SECONDS_MAX:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace").strip()[-OUTPUT_CHARACTERS_MAX:]
